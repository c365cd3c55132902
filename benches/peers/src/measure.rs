//! Times subjects against each other: criterion measures each for a second, all of them in turn, several times over.
//!
//! So that a machine that slows down for a while slows all of them. What criterion found is read from its
//! `estimates.json`; it goes to a folder of its own, since nothing is compared with an earlier run.

use std::{fmt, fs, hint::black_box, time::Duration};

use anyhow::{Context, Result};
use criterion::{Bencher, Criterion};
use tempfile::TempDir;

/// How often each subject has its turn.
const ROUNDS: usize = 3;

/// Something to time under a name; both may not have characters that a file's name cannot have.
pub(crate) struct Subject<'a> {
    name: String,
    operations: u32,
    routine: Box<dyn FnMut(&mut Bencher<'_>) + 'a>,
}

impl<'a> Subject<'a> {
    /// `run` from its call to its return; one operation.
    pub(crate) fn new<O>(name: impl Into<String>, run: impl FnMut() -> O + 'a) -> Self {
        Self::batch(name, 1, run)
    }

    /// As many operations at once.
    pub(crate) fn batch<O>(name: impl Into<String>, operations: u32, run: impl FnMut() -> O + 'a) -> Self {
        let mut run = run;
        Self::custom(name, operations, move |bencher| bencher.iter(|| black_box(run())))
    }

    /// `run` with what `set_up` gives it; neither that nor dropping what `run` gives back is timed.
    pub(crate) fn with_set_up<I, O>(
        name: impl Into<String>,
        set_up: impl FnMut() -> I + 'a,
        run: impl FnMut(I) -> O + 'a,
    ) -> Self {
        let (mut set_up, mut run) = (set_up, run);
        // One at a time: engines and caches would pile up.
        let size = criterion::BatchSize::PerIteration;
        Self::custom(name, 1, move |bencher| bencher.iter_batched(&mut set_up, &mut run, size))
    }

    /// `run`, but dropping what it gives back is not timed.
    pub(crate) fn keeping<O>(name: impl Into<String>, run: impl FnMut() -> O + 'a) -> Self {
        let mut run = run;
        Self::with_set_up(name, || (), move |()| run())
    }

    fn custom(name: impl Into<String>, operations: u32, routine: impl FnMut(&mut Bencher<'_>) + 'a) -> Self {
        Self { name: name.into(), operations, routine: Box::new(routine) }
    }
}

/// How long an operation takes: the median, and within which bounds it was found, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    median: f64,
    low: f64,
    high: f64,
}

impl Figure {
    /// How many of `other` it takes.
    pub(crate) fn over(self, other: Self) -> f64 {
        self.median / other.median
    }

    /// `count` of it.
    pub(crate) fn times(self, count: u32) -> Self {
        let by = f64::from(count);
        Self { median: self.median * by, low: self.low * by, high: self.high * by }
    }

    /// What the rounds have in common: the median of medians, and all of their intervals.
    fn of_rounds(mut rounds: Vec<Self>) -> Self {
        rounds.sort_by(|a, b| a.median.total_cmp(&b.median));
        let low = rounds.iter().map(|round| round.low).fold(f64::INFINITY, f64::min);
        let high = rounds.iter().map(|round| round.high).fold(0.0, f64::max);
        Self { median: rounds[rounds.len() / 2].median, low, high }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, nanoseconds) = match self.median {
            ..1e3 => ("ns", 1.0),
            ..1e6 => ("us", 1e3),
            _ => ("ms", 1e6),
        };
        let percent = (self.high - self.low) / 2.0 / self.median * 100.0;
        write!(f, "{:.2} {unit} ±{percent:.0} %", self.median / nanoseconds)
    }
}

/// Criterion, and where it writes.
pub(crate) struct Stopwatch {
    criterion: Criterion,
    folder: TempDir,
}

impl Stopwatch {
    /// One that starts from nothing.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir().context("a folder for criterion")?;
        let criterion = Criterion::default()
            .output_directory(folder.path())
            .without_plots()
            .sample_size(20)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1));
        Ok(Self { criterion, folder })
    }

    /// The figures of `subjects`, in their order.
    pub(crate) fn compare(&mut self, group: &str, subjects: Vec<Subject<'_>>) -> Result<Vec<Figure>> {
        let mut subjects: Vec<_> = subjects.into_iter().map(|subject| (subject, Vec::new())).collect();
        for round in 1..=ROUNDS {
            for (subject, rounds) in &mut subjects {
                let id = format!("vm={}, round={round}", subject.name);
                self.criterion.benchmark_group(group).bench_function(&id, &mut subject.routine);
                rounds.push(self.estimate(group, &id, subject.operations)?);
            }
        }
        Ok(subjects.into_iter().map(|(_, rounds)| Figure::of_rounds(rounds)).collect())
    }

    fn estimate(&self, group: &str, id: &str, operations: u32) -> Result<Figure> {
        let file = self.folder.path().join(group).join(id).join("new").join("estimates.json");
        let text = fs::read(&file).with_context(|| format!("criterion wrote no {}", file.display()))?;
        let estimates: serde_json::Value = serde_json::from_slice(&text)?;
        let median = &estimates["median"];
        let number = |value: &serde_json::Value| {
            let number = value.as_f64().context("criterion wrote no median")?;
            anyhow::Ok(number / f64::from(operations))
        };
        Ok(Figure {
            median: number(&median["point_estimate"])?,
            low: number(&median["confidence_interval"]["lower_bound"])?,
            high: number(&median["confidence_interval"]["upper_bound"])?,
        })
    }
}
