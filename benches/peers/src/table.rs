//! The one table that a run ends with.

use crate::measure::Figure;

/// How two figures are set against each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ratio {
    /// The peer's over ours: how many times as fast ours is.
    PeerOverOurs(f64),
    /// Ours over the peer's: how many times as long ours takes.
    OursOverPeer(f64),
}

/// What a ratio has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Must {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One work, of ours and of one peer.
#[derive(Debug)]
pub(crate) struct Line {
    /// What is done.
    pub(crate) work: String,
    /// Ours: which, and how long it takes.
    pub(crate) ours: String,
    /// The peer, and how long it takes.
    pub(crate) peer: String,
    /// One over the other.
    pub(crate) ratio: Ratio,
    /// What that has to be, if anything.
    pub(crate) must: Option<Must>,
}

impl Line {
    /// Ours against a peer.
    pub(crate) fn faster(work: &str, ours: (&str, Figure), peer: (&str, Figure)) -> Self {
        Self::new(work, ours, peer, Ratio::PeerOverOurs(peer.1.over(ours.1)))
    }

    /// Ours against what is faster than it can be.
    pub(crate) fn slower(work: &str, ours: (&str, Figure), peer: (&str, Figure)) -> Self {
        Self::new(work, ours, peer, Ratio::OursOverPeer(ours.1.over(peer.1)))
    }

    /// The same, with what the ratio has to be.
    pub(crate) fn must(self, must: Must) -> Self {
        Self { must: Some(must), ..self }
    }

    fn new(work: &str, ours: (&str, Figure), peer: (&str, Figure), ratio: Ratio) -> Self {
        let side = |(name, figure): (&str, Figure)| format!("{name}: {figure}");
        Self { work: work.into(), ours: side(ours), peer: side(peer), ratio, must: None }
    }

    fn cells(&self) -> [String; 6] {
        let (ratio, value) = match self.ratio {
            Ratio::PeerOverOurs(value) => ("peer / ours", value),
            Ratio::OursOverPeer(value) => ("ours / peer", value),
        };
        let (must, verdict) = match self.must {
            None => (String::new(), ""),
            Some(Must::AtLeast(least)) => (format!("at least {least}"), verdict(value >= least)),
            Some(Must::AtMost(most)) => (format!("at most {most}"), verdict(value <= most)),
        };
        let ratio = format!("{ratio} = {value:.2}");
        [self.work.clone(), self.ours.clone(), self.peer.clone(), ratio, must, verdict.into()]
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "pass" } else { "FAIL" }
}

/// Prints the lines in Markdown, with the columns in line.
pub(crate) fn print(lines: &[Line]) {
    let head = ["work", "ours", "peer", "ratio", "must", "verdict"].map(String::from);
    let mut rows = vec![head];
    rows.extend(lines.iter().map(Line::cells));
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.insert(1, widths.map(|width| "-".repeat(width)));
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!(" {cell:width$} |"));
        println!("|{}", cells.collect::<String>());
    }
}
