//! What the macros make of a contract, seen as the chain and the tools see it.

use lockstep_sdk::{
    abi::schema::{
        self, MethodKind, Type,
        interfaces::{self, Interface, Interfaces},
        layout::{self, Layout, SlotKind},
    },
    codec,
    error::ContractError,
    prelude::*,
    storage::Storage,
};

/// Holds pages.
///
/// This paragraph is not part of the interface.
#[storage]
#[derive(Debug)]
pub struct Book {
    pages: Map<u32, Page>,
    #[key = "writer"]
    author: Cell<Address>,
}

/// A page.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What is on it.
    pub text: String,
    /// Who may read it.
    pub readers: Vec<Address>,
}

/// A page was written.
#[event]
#[derive(Debug)]
pub struct Written {
    /// The page.
    #[topic]
    pub number: u32,
    /// Its length.
    pub length: u64,
    /// When.
    #[topic]
    pub at: Time,
}

/// Why the book refuses.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such page.
    NoPage {
        /// The page that was asked for.
        number: u32,
    } = 7,
    /// Somebody else's book.
    NotAuthor = 40_000,
}

type Answer<T> = Result<T, Error>;

#[contract(events(Written))]
impl Book {
    /// Opens the book.
    #[init]
    pub fn new(&mut self) {
        self.author.set(env::caller());
    }

    /// Writes a page
    /// over two lines.
    ///
    /// # Errors
    /// For others than the author.
    #[payable]
    #[reentrant]
    pub fn write(&mut self, number: u32, page: Page) -> Answer<()> {
        self.check_author()?;
        Written { number, length: page.text.len() as u64, at: env::block_time() }.emit();
        self.pages.set(&number, page);
        Ok(())
    }

    /// A page.
    ///
    /// # Errors
    /// If there is none.
    pub fn page(&self, number: u32) -> Result<Page, Error> {
        self.pages.find(&number).ok_or(Error::NoPage { number })
    }

    /// Forgets a page.
    #[private]
    pub fn forget(&mut self, number: u32) {
        self.pages.remove(&number);
    }

    fn check_author(&self) -> Answer<()> {
        if self.author.find() == Some(env::caller()) { Ok(()) } else { Err(Error::NotAuthor) }
    }
}

fn field(name: &str, ty: Type) -> schema::Field {
    schema::Field { name: name.into(), ty }
}

#[test]
fn the_interface_says_what_the_author_wrote() {
    let page = Type::Struct {
        name: "Page".into(),
        fields: vec![field("text", Type::String), field("readers", Type::List(Box::new(Type::Address)))],
    };
    let method = |name: &str, docs: &str, kind, args, result| schema::Method {
        name: name.into(),
        docs: docs.into(),
        kind,
        payable: name == "write",
        // Who calls itself is on the stack.
        reentrant: name == "write" || name == "forget",
        private: name == "forget",
        args,
        result,
    };
    let expected = schema::Schema {
        version: schema::VERSION,
        name: "Book".into(),
        docs: "Holds pages.".into(),
        methods: vec![
            method("new", "Opens the book.", MethodKind::Init, vec![], Type::Unit),
            method(
                "write",
                "Writes a page over two lines.",
                MethodKind::Call,
                vec![field("number", Type::U32), field("page", page.clone())],
                Type::Unit,
            ),
            method("page", "A page.", MethodKind::View, vec![field("number", Type::U32)], page),
            method(
                "forget",
                "Forgets a page.",
                MethodKind::Call,
                vec![field("number", Type::U32)],
                Type::Unit,
            ),
        ],
        events: vec![schema::EventDef {
            name: "Written".into(),
            docs: "A page was written.".into(),
            fields: vec![
                schema::EventField { name: "number".into(), ty: Type::U32, topic: true },
                schema::EventField { name: "length".into(), ty: Type::U64, topic: false },
                schema::EventField { name: "at".into(), ty: Type::Time, topic: true },
            ],
        }],
        errors: vec![
            schema::ErrorDef {
                code: 7,
                name: "NoPage".into(),
                docs: "There is no such page.".into(),
                fields: vec![field("number", Type::U32)],
            },
            schema::ErrorDef {
                code: 40_000,
                name: "NotAuthor".into(),
                docs: "Somebody else's book.".into(),
                fields: vec![],
            },
        ],
    };
    assert_eq!(schema::Schema::decode(Book::SCHEMA), Ok(expected));
}

#[test]
fn the_sections_are_those_that_are_read() {
    // `#[contract]` writes the names, since it does not depend on the table.
    assert_eq!(schema::SECTION, "lockstep.schema");
    assert_eq!(layout::SECTION, "lockstep.storage");
    assert_eq!(interfaces::SECTION, "lockstep.interfaces");
}

#[test]
fn the_layout_says_where_the_fields_are() {
    let page = schema::Schema::decode(Book::SCHEMA).unwrap().method("page").unwrap().result.clone();
    let slot = |path: &str, kind| layout::Slot { path: path.into(), kind };
    let slots = vec![
        slot("pages", SlotKind::Map { key: Type::U32, value: page }),
        slot("writer", SlotKind::Cell { value: Type::Address }),
    ];
    assert_eq!(Layout::decode(Book::LAYOUT), Ok(Layout::new(1, slots)));
}

/// Shelves in version 1.
#[storage]
#[derive(Debug)]
pub struct ShelvesV1 {
    count: Cell<u8>,
}

/// Shelves of a version that its migration says.
#[storage]
#[derive(Debug)]
pub struct Shelves {
    count: Cell<u16>,
}

#[contract]
impl Shelves {
    /// Empty ones.
    #[init]
    pub fn new(&mut self) {}

    #[migrate(from = 1)]
    fn up(&mut self, old: ShelvesV1) {
        self.count.set(old.count.get().into());
    }
}

/// Shelves of a later version, when the migration is not needed any more.
#[storage]
#[derive(Debug)]
pub struct LaterShelves {
    count: Cell<u16>,
}

#[contract(version = 70_000)]
impl LaterShelves {
    /// Empty ones.
    #[init]
    pub fn new(&mut self) {
        self.count.set(0);
    }
}

/// Shelves whose migration is not there yet.
#[storage]
#[derive(Debug)]
pub struct ComingShelves {
    count: Cell<u16>,
}

#[contract]
impl ComingShelves {
    /// Empty ones.
    #[init]
    pub fn new(&mut self) {
        self.count.set(0);
    }

    #[cfg(any())]
    #[migrate(from = 1)]
    fn up(&mut self, old: ShelvesV1) {}
}

#[test]
fn the_layout_says_the_version_with_or_without_the_migration_that_led_there() {
    let said = |layout: &[u8]| Layout::decode(layout).unwrap().storage_version;
    assert_eq!((Book::STORAGE_VERSION, said(Book::LAYOUT)), (1, 1));
    assert_eq!((Shelves::STORAGE_VERSION, said(Shelves::LAYOUT)), (2, 2));
    assert_eq!((LaterShelves::STORAGE_VERSION, said(LaterShelves::LAYOUT)), (70_000, 70_000));
    assert_eq!((ComingShelves::STORAGE_VERSION, said(ComingShelves::LAYOUT)), (1, 1));
}

/// What can be read, in reverse of the order of the names.
#[interface]
trait Readable {
    /// How many there are.
    #[must_use]
    fn pages(&self) -> u32;

    /// Reads one.
    fn glance(&mut self, number: u32) -> Result<Page, Error>;
}

/// What can be put away.
#[interface]
trait Closable {
    fn close(&mut self);
}

/// Has both.
#[storage]
#[derive(Debug)]
pub struct Leaflet {
    page: Cell<u32>,
}

#[contract(implements(Closable, Readable))]
impl Leaflet {
    /// Folds it.
    pub fn fold(&mut self) {}
}

#[contract]
impl Readable for Leaflet {
    fn pages(&self) -> u32 {
        self.page.get()
    }

    /// What is said here is for those who read the code.
    #[reentrant]
    fn glance(&mut self, page: u32) -> Result<Page, Error> {
        Err(Error::NoPage { number: page })
    }
}

#[contract]
impl Closable for Leaflet {
    fn close(&mut self) {}
}

#[test]
fn the_methods_of_interfaces_are_as_the_interfaces_say_and_as_reentrant_as_the_contract_says() {
    let leaflet = schema::Schema::decode(Leaflet::SCHEMA).unwrap();
    let names: Vec<&str> = leaflet.methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(names, ["fold", "close", "pages", "glance"]);
    let glance = leaflet.method("glance").unwrap();
    assert_eq!((glance.docs.as_str(), glance.kind, glance.reentrant), ("Reads one.", MethodKind::Call, true));
    assert_eq!(glance.args, [field("number", Type::U32)]);
    assert_eq!(leaflet.errors.len(), 2);

    let listed = Interfaces::decode(Leaflet::INTERFACES).unwrap();
    let interface = |name: &str, first, count| Interface { name: name.into(), first, count };
    assert_eq!(listed.list, [interface("Closable", 1, 1), interface("Readable", 2, 2)]);
    // The compiler makes the same id from the trait.
    assert_eq!(listed.list[0].id(&leaflet), Some(lockstep_sdk::interface::id::<dyn Closable>()));
    assert_eq!(listed.list[1].id(&leaflet), Some(lockstep_sdk::interface::id::<dyn Readable>()));
}

/// Contracts are told by it: it never changes.
#[test]
fn the_id_of_a_fungible_token_is_pinned() {
    let id = lockstep_sdk::interface::id::<dyn lockstep_sdk::interface::Fungible>();
    assert_eq!(id.to_string(), "5cc12eb3b2f82bb2863ee4a9b5fd835b0f0ab4c2a7633171cace2c4642f20757");
}

#[test]
fn an_error_is_its_code_and_its_fields() {
    let error = Error::NoPage { number: 5 };
    assert_eq!(error.code(), 7);
    assert_eq!(Error::from_parts(7, &[5, 0, 0, 0]), Some(error));
    assert_eq!(Error::from_parts(7, &[5, 0, 0]), None);
    assert_eq!(Error::from_parts(7, &[5, 0, 0, 0, 0]), None);
    assert_eq!(Error::from_parts(40_000, &[]), Some(Error::NotAuthor));
    assert_eq!(Error::from_parts(8, &[]), None);
}

#[test]
fn a_fields_place_follows_from_its_name_or_its_pinned_key() {
    /// The same fields, in another order and with other names for Rust.
    #[storage]
    #[derive(Debug)]
    struct Later {
        writer: Cell<Address>,
        added: Cell<u8>,
        #[key = "pages"]
        sheets: Map<u32, Page>,
    }

    let (before, after) = (Book::open(), Later::open());
    assert_eq!(format!("{:?}", before.author), format!("{:?}", after.writer));
    assert_eq!(format!("{:?}", before.pages), format!("{:?}", after.sheets));
    assert_ne!(format!("{:?}", after.added), format!("{:?}", after.writer));
}

#[test]
fn a_page_is_its_fields() {
    let page = Page { text: "hi".into(), readers: vec![Address([1; 32])] };
    let mut bytes = vec![2, 0, 0, 0, b'h', b'i', 1, 0, 0, 0];
    bytes.extend([1; 32]);
    assert_eq!(codec::encode(&page), bytes);
}
