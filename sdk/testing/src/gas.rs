//! Gas that a crate has written down: a change of it shows in the diff, and one by accident fails.
//!
//! The figures are in `tests/gas.txt` of the crate whose tests run, one a line. `UPDATE_GOLDEN=1` writes those of the
//! tests that run; the others stay.

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use lockstep_abi::Gas;

use crate::{Done, crate_folder};

/// What [`Done::assert_gas`] lets pass, in percent: another compiler may move a few instructions.
const TOLERANCE_PERCENT: u32 = 2;

const HEADER: &str = "# Gas of whole transactions, as the tests hold it. UPDATE_GOLDEN=1 writes it.\n";

impl Done {
    /// Holds the gas of this transaction to the figure called `name`, within 2 %. See [`assert_gas`].
    #[track_caller]
    pub fn assert_gas(&self, name: &str) {
        assert_gas(name, self.gas_used(), TOLERANCE_PERCENT);
    }
}

/// Holds `gas` to the figure called `name` in `tests/gas.txt` of the crate.
///
/// With `UPDATE_GOLDEN=1` in the environment, the figure is written instead.
///
/// # Panics
/// If there is no such figure, or if the gas is more than `tolerance_percent` above or below it.
#[track_caller]
pub fn assert_gas(name: &str, gas: Gas, tolerance_percent: u32) {
    assert!(!name.is_empty() && !name.contains(char::is_whitespace), "`{name}` is no name of one word");
    let path = Path::new(&crate_folder()).join("tests/gas.txt");
    let is_written = env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    let verdict = if is_written {
        write(&path, name, gas.0)
    } else {
        check(&read(&path), name, gas.0, tolerance_percent)
    };
    if let Err(difference) = verdict {
        panic!("{difference}\nIf that is meant: the same command with UPDATE_GOLDEN=1 before it");
    }
}

/// The figures by their names.
type Figures = BTreeMap<String, u64>;

fn check(figures: &Figures, name: &str, gas: u64, tolerance_percent: u32) -> Result<(), String> {
    let Some(&was) = figures.get(name) else {
        return Err(format!("`{name}` takes {} gas, and tests/gas.txt has no figure for it", spaced(gas)));
    };
    let (was_wide, difference) = (u128::from(was), u128::from(gas.abs_diff(was)));
    if difference * 100 <= was_wide * u128::from(tolerance_percent) {
        return Ok(());
    }
    let (direction, permille) =
        (if gas > was { "more" } else { "less" }, difference * 1_000 / was_wide.max(1));
    Err(format!(
        "`{name}` takes {} gas, tests/gas.txt says {}: {}.{} % {direction}, where {tolerance_percent} % may pass",
        spaced(gas),
        spaced(was),
        permille / 10,
        permille % 10,
    ))
}

/// What this process has written: tests run side by side and share the file.
static WRITTEN: Mutex<Figures> = Mutex::new(Figures::new());

fn write(path: &Path, name: &str, gas: u64) -> Result<(), String> {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(other) = written.insert(name.into(), gas).filter(|other| *other != gas) {
        return Err(format!("two tests call {} and {} gas `{name}`", spaced(other), spaced(gas)));
    }
    let mut figures = read(path);
    figures.insert(name.into(), gas);
    fs::write(path, page(&figures)).expect("tests/gas.txt can be written");
    Ok(())
}

fn read(path: &Path) -> Figures {
    parse(&fs::read_to_string(path).unwrap_or_default())
}

fn parse(page: &str) -> Figures {
    let lines = page.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let figure = line.split_once(' ').and_then(|(name, gas)| {
                Some((name.to_owned(), gas.trim_start().replace('_', "").parse().ok()?))
            });
            figure.unwrap_or_else(|| panic!("not a name and a figure in tests/gas.txt: `{line}`"))
        })
        .collect()
}

fn page(figures: &Figures) -> String {
    let width = figures.keys().map(String::len).max().unwrap_or_default();
    let lines = figures.iter().map(|(name, gas)| format!("{name:width$}  {:>14}\n", spaced(*gas)));
    HEADER.to_owned() + &lines.collect::<String>()
}

/// A number with its digits in threes, as Rust has them: `1_234_567`.
fn spaced(number: u64) -> String {
    let digits = number.to_string();
    let mut spaced = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spaced.push('_');
        }
        spaced.push(digit);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures::from([("transfer".into(), 1_000_000), ("free".into(), 0)])
    }

    #[test]
    fn figures_read_back_as_they_were_written() {
        let page = page(&figures());
        assert!(page.ends_with("free                   0\ntransfer       1_000_000\n"), "{page}");
        assert_eq!(parse(&page), figures());
    }

    #[test]
    fn what_is_within_the_tolerance_passes_and_no_more() {
        for gas in [980_000, 1_000_000, 1_020_000] {
            assert_eq!(check(&figures(), "transfer", gas, 2), Ok(()), "{gas}");
        }
        assert_eq!(
            check(&figures(), "transfer", 1_020_001, 2).unwrap_err(),
            "`transfer` takes 1_020_001 gas, tests/gas.txt says 1_000_000: 2.0 % more, where 2 % may pass"
        );
        assert!(check(&figures(), "transfer", 979_999, 2).unwrap_err().contains("2.0 % less"));
        assert!(check(&figures(), "transfer", u64::MAX, 2).is_err());
        assert!(check(&figures(), "free", 1, 2).is_err());
        assert!(check(&figures(), "other", 1, 2).unwrap_err().contains("no figure"));
    }

    #[test]
    #[should_panic = "not a name and a figure in tests/gas.txt: `transfer x`"]
    fn a_line_that_is_no_figure_is_named() {
        parse("transfer x");
    }
}
