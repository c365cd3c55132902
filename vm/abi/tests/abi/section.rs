//! Custom sections are found, added and left out; nothing else of a module is touched.

use lockstep_abi::schema::{
    Description, DescriptionError, Schema, SchemaError, Type, VERSION,
    build::{self, BuildInfo, Revision},
    layout::{self, Layout, Slot, SlotKind},
    section::{SectionError, custom_sections, strip, with_section},
};
use proptest::{collection::vec, prelude::*};

use crate::interface;

const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

/// A module with an empty section of types between two custom ones.
fn module() -> Vec<u8> {
    let named = with_section(EMPTY, "name", b"of functions").unwrap();
    with_section(&[&named[..], &[1, 1, 0]].concat(), "lockstep.schema", b"interface").unwrap()
}

#[test]
fn a_stripped_module_has_its_code_and_what_it_says_about_itself() {
    let stripped = strip(&module()).unwrap();
    let types = [EMPTY, &[1, 1, 0]].concat();
    assert_eq!(stripped, with_section(&types, "lockstep.schema", b"interface").unwrap());
    assert_eq!(strip(&stripped).unwrap(), stripped);
}

#[test]
fn a_section_that_is_added_replaces_the_one_of_its_name() {
    let module = module();
    let new = with_section(&module, "name", b"other").unwrap();
    let (name, schema) = (("name", &b"other"[..]), ("lockstep.schema", &b"interface"[..]));
    assert_eq!(custom_sections(&new).unwrap(), [schema, name]);
    assert_eq!(with_section(&new, "name", b"other").unwrap(), new);
}

#[test]
fn a_length_of_several_bytes_is_read_back() {
    for length in [0, 100, 127, 128, 16_383, 16_384, 70_000] {
        let content = vec![7; length];
        let module = with_section(EMPTY, "x", &content).unwrap();
        assert_eq!(custom_sections(&module).unwrap(), [("x", &content[..])]);
    }
}

#[test]
fn what_is_no_module_or_cut_off_is_refused() {
    assert_eq!(custom_sections(b""), Err(SectionError::NotWasm));
    assert_eq!(strip(b"\0asm\x02\0\0\0"), Err(SectionError::NotWasm));
    let module = module();
    assert_eq!(strip(&module[..module.len() - 1]), Err(SectionError::Malformed { at: 30 }));
    // A length of 5 bytes that has more than 32 bits, a name that is longer than its section, one that is no text.
    for section in [&[0, 0xff, 0xff, 0xff, 0xff, 0x7f][..], &[0, 2, 2, b'a'], &[0, 2, 1, 0xff]] {
        assert_eq!(strip(&[EMPTY, section].concat()), Err(SectionError::Malformed { at: 8 }));
    }
}

#[test]
fn a_description_is_of_one_interface_and_one_layout() {
    let schema = Schema {
        version: VERSION,
        name: "A".into(),
        docs: String::new(),
        methods: vec![],
        events: vec![],
        errors: vec![],
    };
    let slots = vec![Slot { path: "a".into(), kind: SlotKind::Cell { value: Type::U8 } }];
    let layout = Layout::new(1, slots);
    assert_eq!(Description::of(EMPTY), Ok(Description::default()));
    let one = with_section(EMPTY, layout::SECTION, &layout.encode()).unwrap();
    let both = with_section(&one, lockstep_abi::schema::SECTION, &schema.encode()).unwrap();
    let described = Description { schema: Some(schema), layout: Some(layout), build: None };
    assert_eq!(Description::of(&both), Ok(described));

    let twice = [&both[..], &one[EMPTY.len()..]].concat();
    assert_eq!(Description::of(&twice), Err(DescriptionError::Twice { name: layout::SECTION }));
    let cut = with_section(EMPTY, layout::SECTION, &[1]).unwrap();
    let error = SchemaError::Truncated { at: 0 };
    assert_eq!(Description::of(&cut), Err(DescriptionError::Unreadable { name: layout::SECTION, error }));
}

fn build_info() -> impl Strategy<Value = BuildInfo> {
    let texts = ("[ -~]{0,20}", "[ -~]{0,20}", "[ -~]{0,20}");
    (texts, crate::value::hash(), vec(any::<u8>(), 0..33), any::<bool>()).prop_map(
        |((package, toolchain, flags), lock, revision, changed)| {
            let (version, revision) = (build::VERSION, Revision(revision));
            BuildInfo { version, package, toolchain, flags, lock, revision, changed }
        },
    )
}

proptest! {
    #[test]
    fn what_a_module_was_built_from_reads_back(info in build_info(), cut in any::<prop::sample::Index>()) {
        let bytes = info.encode();
        prop_assert!(BuildInfo::decode(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert!(BuildInfo::decode(&[&bytes[..], &[0]].concat()).is_err());
        let module = with_section(EMPTY, build::SECTION, &bytes).unwrap();
        prop_assert_eq!(Description::of(&module).unwrap().build, Some(info));
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_what_they_are_stripped_to_is_a_module(
        bytes in vec(any::<u8>(), 0..100), schema in interface::schema()
    ) {
        let module = with_section(EMPTY, lockstep_abi::schema::SECTION, &schema.encode()).unwrap();
        for bytes in [bytes.clone(), [EMPTY, &bytes].concat(), [&module[..], &bytes].concat()] {
            let _: Result<_, DescriptionError> = Description::of(&bytes);
            if let Ok(stripped) = strip(&bytes) {
                prop_assert_eq!(strip(&stripped), Ok(stripped));
            }
        }
    }
}
