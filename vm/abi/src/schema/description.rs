//! All that a module says about itself, read from its custom sections.

use super::{
    SECTION, Schema, SchemaError,
    build::{self, BuildInfo},
    layout::{self, Layout},
    section::{SectionError, custom_sections},
};

/// What a module says about itself; each part is absent where the module has no such section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// Its interface.
    pub schema: Option<Schema>,
    /// What it stores.
    pub layout: Option<Layout>,
    /// What it was built from.
    pub build: Option<BuildInfo>,
}

/// Why it is not known what a module says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// Not a module's sections.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// A section that is there twice.
    #[error("there are two sections `{name}`")]
    Twice {
        /// The section's name.
        name: &'static str,
    },
    /// A section that cannot be read.
    #[error("the section `{name}` cannot be read: {error}")]
    Unreadable {
        /// The section's name.
        name: &'static str,
        /// Why.
        error: SchemaError,
    },
}

impl Description {
    /// Reads the sections of a module. Whether the module may be deployed is not looked at.
    ///
    /// # Errors
    /// [`DescriptionError`]; a section that is missing is none.
    pub fn of(wasm: &[u8]) -> Result<Self, DescriptionError> {
        let mut description = Self::default();
        for (name, content) in custom_sections(wasm)? {
            match name {
                SECTION => put(&mut description.schema, SECTION, Schema::decode(content))?,
                layout::SECTION => put(&mut description.layout, layout::SECTION, Layout::decode(content))?,
                build::SECTION => put(&mut description.build, build::SECTION, BuildInfo::decode(content))?,
                _ => {}
            }
        }
        Ok(description)
    }
}

fn put<T>(
    place: &mut Option<T>,
    name: &'static str,
    read: Result<T, SchemaError>,
) -> Result<(), DescriptionError> {
    let part = read.map_err(|error| DescriptionError::Unreadable { name, error })?;
    match place.replace(part) {
        None => Ok(()),
        Some(_) => Err(DescriptionError::Twice { name }),
    }
}
