//! The nouns every room shares: ids, [`Bits`], [`Timestamp`], [`Money`], [`TextColumn`].

mod bits;
mod brand;
mod ids;
mod money;
mod splitmix;
mod text;
mod time;

pub use bits::Bits;
pub use brand::BrandSpeller;
pub use ids::{
    CommunityIdx, EntityIdx, EntityTypeIdx, MerchantIdx, NodeIdx, OwnerIdx, narrow_u8, narrow_u32,
};
pub use money::Money;
pub(crate) use splitmix::{GAMMA, SplitMix, mix};
pub use text::TextColumn;
pub use time::{ParseTimeError, Timestamp};
