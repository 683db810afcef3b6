//! Direct ties between merchants and verdicts of the past, for the world that has them.

use super::SimulateError;
use super::honest::Recent;
use super::random::hash;
use super::scene::Scene;
use super::shop::Shop;
use super::writer::{Tie, Writer};

/// Writes the ties of a group: transfers inside it, and referrals between strangers.
pub(super) fn tie(
    scene: &mut Scene,
    shops: &[Shop],
    ids: &[String],
    recent: &Recent,
    writer: &mut Writer,
) -> Result<(), SimulateError> {
    if !scene.market.character.labelled {
        return Ok(());
    }
    for (shop, id) in shops.iter().zip(ids) {
        let inside = scene.random.pick(ids);
        let day = scene
            .random
            .day_between(shop.registered, scene.market.last_day);
        let chance = if shop.truth.ring.is_some() { 0.35 } else { 0.2 };
        if inside != id && scene.random.chance(chance) {
            writer.tie(&Tie {
                id,
                other: inside,
                kind: "transfer",
                day,
                events: 1 + scene.random.below(9),
            })?;
        }
        if scene.random.chance(0.03)
            && let Some(other) = recent.stranger(&mut scene.random)
        {
            writer.tie(&Tie {
                id,
                other,
                kind: "referral",
                day,
                events: 1,
            })?;
        }
    }
    Ok(())
}

/// The verdict on a merchant, if there was one: a fifth of all fraud and a fortieth of the honest have
/// been looked at, and one verdict in thirty is wrong.
pub(super) fn verdict(seed: u64, id: &str, fraud: bool) -> Option<&'static str> {
    let number = id
        .bytes()
        .fold(seed, |state, byte| hash(&[state, u64::from(byte)]));
    let judged = number % 1000 < if fraud { 200 } else { 25 };
    let wrong = number / 1000 % 1000 < 33;
    judged.then_some(if fraud == wrong { "legit" } else { "fraud" })
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn verdicts_are_few_and_mostly_right() {
        let ids: Vec<String> = (0..20_000).map(|i| format!("M{i:013}")).collect();
        let count = |fraud: bool, word: &str| {
            ids.iter()
                .filter(|id| verdict(3, id, fraud) == Some(word))
                .count()
        };
        assert!((3500..4300).contains(&count(true, "fraud")));
        assert!((60..220).contains(&count(true, "legit")));
        assert!((380..600).contains(&count(false, "legit")));
        assert!((1..60).contains(&count(false, "fraud")));
    }
}
