//! What disks, downloads and people do to the files, and to the folder that is to be made.

use super::*;
use crate::snapshot::{DraftError, SnapshotError, draft::Draft};

#[test]
fn a_manifest_with_any_byte_changed_or_cut_off_is_refused() {
    let place = Place::new();
    let block = exported(&place).block;
    let files = files(&place.path("snapshot"));
    let manifest = files["manifest"].clone();
    let name = |bytes: Vec<u8>| {
        let mut files = files.clone();
        files.insert("manifest".into(), bytes);
        refused(&place, &files, &block).name()
    };
    for at in 0..manifest.len() {
        let mut bytes = manifest.clone();
        bytes[at] ^= 1 << (at % 8);
        assert_eq!(name(bytes), if at < 18 { "not_a_snapshot" } else { "damaged_manifest" }, "{at}");
        let cut = manifest[..at].to_vec();
        assert_eq!(name(cut), if at < 18 { "not_a_snapshot" } else { "damaged_manifest" }, "{at}");
    }
    assert_eq!(name([manifest.as_slice(), &[0]].concat()), "damaged_manifest");
    assert_eq!(name(b"something else".to_vec()), "not_a_snapshot");
}

#[test]
fn a_file_with_a_byte_changed_or_too_few_or_too_many_is_named() {
    let place = Place::new();
    let block = exported(&place).block;
    let files = files(&place.path("snapshot"));
    for (name, bytes) in files.iter().filter(|(name, _)| *name != "manifest") {
        let refuse = |bytes: Vec<u8>| {
            let mut files = files.clone();
            files.insert(name.clone(), bytes);
            let error = refused(&place, &files, &block);
            assert!(error.to_string().contains(name.as_str()), "{error}");
            error.name()
        };
        assert_eq!(refuse(bytes[..bytes.len() - 1].to_vec()), "wrong_length");
        assert_eq!(refuse([bytes.as_slice(), &[0]].concat()), "wrong_length");
        assert_eq!(refuse(Vec::new()), "wrong_length");
        let step = bytes.len() / 10;
        for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            assert_eq!(refuse(bytes), "wrong_hash", "{at}");
        }
    }
}

#[test]
fn a_missing_file_is_named_and_swapped_ones_are_noticed() {
    let place = Place::new();
    let block = exported(&place).block;
    let files = files(&place.path("snapshot"));
    for name in files.keys() {
        let mut files = files.clone();
        files.remove(name);
        let error = refused(&place, &files, &block);
        assert_eq!(error.name(), "missing_file");
        assert!(error.to_string().contains(name.as_str()), "{error}");
    }
    let mut swapped = files.clone();
    swapped.insert("chunk-00000.zst".into(), files["chunk-00001.zst"].clone());
    swapped.insert("chunk-00001.zst".into(), files["chunk-00000.zst"].clone());
    assert_eq!(refused(&place, &swapped, &block).name(), "wrong_length");
    let error = import(&place.path("nowhere"), &place.path("target"), &block).unwrap_err();
    assert_eq!(error.name(), "missing_file");
}

/// It is never read: whatever else lies there does not make the listed files worse.
#[test]
fn a_file_that_the_manifest_does_not_list_does_not_matter() {
    let place = Place::new();
    let block = exported(&place).block;
    let folder = place.path("snapshot");
    fs::copy(folder.join("chunk-00000.zst"), folder.join("chunk-00002.zst")).unwrap();
    fs::write(folder.join("README"), b"a state").unwrap();
    imported(&place, &block);
}

#[test]
fn another_block_than_the_trusted_one_is_refused_with_both_ids() {
    let place = Place::new();
    let block = exported(&place).block;
    let other = Hash([1; 32]);
    let error = refused(&place, &files(&place.path("snapshot")), &other);
    assert_eq!(error.name(), "untrusted_block");
    let text = error.to_string();
    assert!(text.contains(&block.to_string()) && text.contains(&other.to_string()), "{text}");
}

#[test]
fn only_a_missing_or_empty_folder_is_imported_into() {
    let place = Place::new();
    let block = exported(&place).block;
    fs::create_dir(place.path("empty")).unwrap();
    import(&place.path("snapshot"), &place.path("empty"), &block).unwrap();
    assert_eq!(open(&place.path("empty")).view().unwrap().head().height(), Height(3));

    fs::write(place.path("file"), b"mine").unwrap();
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full/file"), b"mine").unwrap();
    let before = place.names();
    for (target, name) in
        [("file", "not_empty"), ("full", "not_empty"), ("empty", "not_empty"), ("no/where", "io")]
    {
        let error = import(&place.path("snapshot"), &place.path(target), &block).unwrap_err();
        assert_eq!((error.name(), place.names()), (name, before.clone()), "{error}");
    }
    let error = import(&place.path("snapshot"), Path::new("/"), &block).unwrap_err();
    assert!(matches!(error, ImportError::Draft(DraftError::Unnamed { .. })), "{error}");
}

/// An import was killed; the next one begins anew in its place.
#[test]
fn what_a_killed_import_left_is_removed_by_the_next() {
    let place = Place::new();
    let block = exported(&place).block;
    let left = place.path("target.partial");
    for names in [&[][..], &["lockstep-draft"], &["lockstep-draft", "content"]] {
        fs::create_dir(&left).unwrap();
        for name in names {
            match *name {
                "content" => fs::create_dir(left.join(name)).unwrap(),
                _ => fs::write(left.join(name), b"").unwrap(),
            }
        }
        if names.len() == 2 {
            fs::write(left.join("content/half"), b"of a store").unwrap();
        }
        imported(&place, &block);
        assert!(!left.exists());
        assert!(!place.path("target/half").exists());
        fs::remove_dir_all(place.path("target")).unwrap();
    }
}

#[test]
fn what_stands_in_the_way_and_is_not_ours_is_left_alone() {
    let place = Place::new();
    let block = exported(&place).block;
    let way = place.path("target.partial");
    fs::create_dir(&way).unwrap();
    for (name, others) in [("thesis.tex", &[][..]), ("content", &[]), ("notes", &["lockstep-draft"])] {
        for name in [&[name], others].concat() {
            fs::write(way.join(name), b"mine").unwrap();
        }
        let before = files(&way);
        let error = import(&place.path("snapshot"), &place.path("target"), &block).unwrap_err();
        assert!(matches!(error, ImportError::Draft(DraftError::Foreign { .. })), "{error}");
        assert_eq!(files(&way), before);
        before.keys().for_each(|name| fs::remove_file(way.join(name)).unwrap());
    }
}

#[test]
fn a_draft_is_one_makers() {
    let place = Place::new();
    let block = exported(&place).block;
    let draft = Draft::begin(&place.path("target")).unwrap();
    fs::write(draft.content().join("file"), b"theirs").unwrap();
    let error = import(&place.path("snapshot"), &place.path("target"), &block).unwrap_err();
    assert!(matches!(error, ImportError::Draft(DraftError::Locked { .. })), "{error}");
    draft.publish().unwrap();
    assert_eq!(files(&place.path("target")).len(), 1);
    assert!(!place.path("target.partial").exists());
}

#[test]
fn a_manifest_of_a_newer_version_is_not_called_damaged() {
    let place = Place::new();
    let block = exported(&place).block;
    let mut files = files(&place.path("snapshot"));
    let manifest = files.get_mut("manifest").unwrap();
    manifest.truncate(manifest.len() - 32);
    manifest[18] = 2;
    let hash = blake3::hash(manifest);
    manifest.extend_from_slice(hash.as_bytes());
    let error = refused(&place, &files, &block);
    let newer = matches!(error, ImportError::Snapshot(SnapshotError::Newer { found: 2, supported: 1, .. }));
    assert!(newer, "{error}");
}
