//! Which name was probably meant.

use alloc::{string::String, vec::Vec};

/// Longer names are not compared: the work grows with the product of the lengths.
const MAX_COMPARED: usize = 40;

/// The one of `known` that `name` is probably a typo of, if there is one: the same but for case and
/// underscores, or with at most a third of its letters changed. Names of more than 40 bytes are not compared.
#[must_use]
pub fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let name = plain(name)?;
    known
        .filter_map(|candidate| {
            let plain = plain(candidate)?;
            let allowed = plain.len().div_ceil(3);
            Some((distance(&name, &plain), candidate)).filter(|(distance, _)| *distance <= allowed)
        })
        .min()
        .map(|(_, candidate)| candidate.into())
}

/// The letters that matter, in lower case: `dueAt` and `due_at` are one name here.
fn plain(name: &str) -> Option<Vec<u8>> {
    let plain = || name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect();
    (name.len() <= MAX_COMPARED).then(plain)
}

/// Levenshtein's distance: how many bytes must be inserted, removed or replaced.
fn distance(left: &[u8], right: &[u8]) -> usize {
    // `row[j]` is the distance between the part of `left` seen so far and the first j bytes of `right`.
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index.saturating_add(1);
        let mut columns = row.iter_mut();
        if let Some(first) = columns.next() {
            *first = before;
        }
        for (cell, to) in columns.zip(right) {
            let replaced = diagonal.saturating_add(usize::from(from != to));
            let changed = (*cell).min(before).saturating_add(1);
            diagonal = *cell;
            *cell = replaced.min(changed);
            before = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_counts_insertions_removals_and_replacements() {
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"abc", b""), 3);
        assert_eq!(distance(b"same", b"same"), 0);
    }

    #[test]
    fn a_typo_finds_its_name_and_another_word_does_not() {
        let known = ["amount", "recipient", "due_at"];
        assert_eq!(closest("ammount", known.into_iter()).as_deref(), Some("amount"));
        assert_eq!(closest("dueAt", known.into_iter()).as_deref(), Some("due_at"));
        assert_eq!(closest("colour", known.into_iter()), None);
    }
}
