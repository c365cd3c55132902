//! The table of all figures: a row each, a column for each size, and what each must be.

use std::fmt::Write;

/// The least, the middle and the greatest of several measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    least: f64,
    pub(crate) median: f64,
    greatest: f64,
}

impl Spread {
    /// # Panics
    /// Without a measurement.
    pub(crate) fn of(found: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = found.collect();
        sorted.sort_by(f64::total_cmp);
        let &[least, ..] = &sorted[..] else { panic!("nothing was measured") };
        Self { least, median: sorted[sorted.len() / 2], greatest: sorted[sorted.len() - 1] }
    }

    /// A figure that comes alone.
    pub(crate) fn one(found: f64) -> Self {
        Self { least: found, median: found, greatest: found }
    }

    fn text(&self) -> String {
        if self.least == self.greatest {
            return number(self.median);
        }
        format!("{} ({}-{})", number(self.median), number(self.least), number(self.greatest))
    }
}

/// Three digits.
fn number(found: f64) -> String {
    match found.abs() {
        100.0.. => format!("{found:.0}"),
        10.0.. => format!("{found:.1}"),
        _ => format!("{found:.2}"),
    }
}

/// What a median must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Must {
    /// It is there to explain others.
    No,
    /// So much at the most.
    Most(f64),
    /// So much at the most where there are so many keys.
    MostAt(&'static [(u64, f64)]),
}

impl Must {
    fn most(self, keys: u64) -> Option<f64> {
        match self {
            Self::No => None,
            Self::Most(most) => Some(most),
            Self::MostAt(list) => list.iter().find(|(size, _)| *size == keys).map(|(_, most)| *most),
        }
    }

    fn text(self) -> String {
        match self {
            Self::No => String::new(),
            Self::Most(most) => format!("<= {most}"),
            Self::MostAt(list) => {
                let one = |(size, most): &(u64, f64)| format!("<= {most} at {}", size_text(*size));
                list.iter().map(one).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// Filled size by size; each size has the same figures.
#[derive(Debug)]
pub(crate) struct Table {
    sizes: Vec<u64>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    unit: &'static str,
    must: Must,
    cells: Vec<Option<Spread>>,
}

impl Table {
    pub(crate) fn new(sizes: Vec<u64>) -> Self {
        Self { sizes, rows: Vec::new() }
    }

    /// The figure of the size that is being measured, which is the first that does not have it yet; none if it is
    /// not measured there. Also printed at once.
    pub(crate) fn add(
        &mut self,
        what: impl Into<String>,
        unit: &'static str,
        must: Must,
        found: Option<Spread>,
    ) {
        let what = what.into();
        eprintln!("    {what}: {} {unit}", found.map_or("n/a".into(), |found| found.text()));
        match self.rows.iter_mut().find(|row| row.what == what) {
            Some(row) => row.cells.push(found),
            None => self.rows.push(Row { what, unit, must, cells: vec![found] }),
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::from("| median (least-greatest) | unit | must |");
        for keys in &self.sizes {
            write!(text, " {} keys |", size_text(*keys)).expect("memory");
        }
        text.push_str("\n|---|---|---|");
        text.extend(self.sizes.iter().map(|_| "---:|"));
        for row in &self.rows {
            write!(text, "\n| {} | {} | {} |", row.what, row.unit, row.must.text()).expect("memory");
            for (keys, found) in self.sizes.iter().zip(&row.cells) {
                let missed = found.zip(row.must.most(*keys)).is_some_and(|(found, most)| found.median > most);
                let found = found.map_or("n/a".into(), |found| found.text());
                write!(text, " {found}{} |", if missed { " FAIL" } else { "" }).expect("memory");
            }
        }
        text
    }
}

fn size_text(keys: u64) -> String {
    match keys {
        1_000_000.. => format!("{}M", keys as f64 / 1e6),
        1_000.. => format!("{}k", keys as f64 / 1e3),
        _ => keys.to_string(),
    }
}
