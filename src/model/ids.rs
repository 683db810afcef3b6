//! Dense ids. Each is a position in exactly one table, so that a `usize` never means two things.

use std::fmt;

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident, $repr:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $repr);

        impl $name {
            /// The id at a table position.
            ///
            /// # Panics
            /// When the position does not fit the id: a table longer than the id can count.
            #[inline]
            pub fn new(index: usize) -> Self {
                Self(<$repr>::try_from(index).expect("table fits its dense id"))
            }

            /// The table position of this id.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

dense_id!(
    /// A merchant: its position among all merchants sorted by `merchant_id`.
    MerchantIdx, u32
);
dense_id!(
    /// A shared thing: its position among all entities sorted by (entity type, key).
    EntityIdx, u32
);
dense_id!(
    /// A kind of entity (`device`, `payout`, `address`, `building`, ...): its position in
    /// [`crate::strategy::Strategy::links`].
    EntityTypeIdx, u8
);
dense_id!(
    /// A declared owner: its position among all owners sorted by name.
    OwnerIdx, u32
);
dense_id!(
    /// A node of a [`crate::graph::Network`].
    NodeIdx, u32
);
dense_id!(
    /// A community of a [`crate::detect::Partition`].
    CommunityIdx, u32
);

/// A count or position as `u32`; narrowing casts live here and nowhere else.
///
/// # Panics
/// When the value exceeds `u32::MAX`.
#[inline]
pub fn narrow_u32(value: usize) -> u32 {
    u32::try_from(value).expect("count fits u32")
}

/// A count or position as `u8`.
///
/// # Panics
/// When the value exceeds `u8::MAX`.
#[inline]
pub fn narrow_u8(value: usize) -> u8 {
    u8::try_from(value).expect("count fits u8")
}
