//! The devices that the members use.

use super::{Case, Finding, full_at, ratio};
use crate::strategy::Normalizer;

/// A device with more merchants than this, and mostly others', is a service's rather than a ring's.
const MOST_ON_A_DEVICE: usize = 12;

/// A household has a phone or two; who runs many fronts logs in from several, each for some of them. Devices
/// with many merchants outside are an agency's or a kiosk's and don't count.
pub(super) fn several_devices(case: &Case<'_, '_, '_>) -> Finding {
    let devices = case.anatomy.evidence.iter().filter(|shared| {
        case.normalizer(shared.entity) == Normalizer::Device
            && shared.merchants as usize <= MOST_ON_A_DEVICE.max(2 * case.size())
    });
    let devices = devices.count();
    (devices > 1).then(|| {
        let detail = case.say(format_args!(
            "{devices} devices are shared, each by some of the {} members",
            case.size()
        ));
        (full_at(ratio(devices, case.size()), 1.0), detail)
    })
}

/// Shared devices with fewer events than shared devices of this market have: a front is opened and looked
/// after, a shop is run.
pub(super) fn seldom_used(case: &Case<'_, '_, '_>) -> Finding {
    let usual = &case.market.usual_device_events;
    let devices = case
        .anatomy
        .shared()
        .filter(|(shared, _)| case.normalizer(shared.entity) == Normalizer::Device);
    let (mut uses, mut events, mut deviations) = (0, 0.0, 0.0);
    for link in devices.flat_map(|(_, links)| links) {
        uses += 1;
        events += f64::from(link.events);
        deviations += usual.deviation(link.events);
    }
    (uses > 0).then(|| {
        let per_use = ratio(1, uses);
        let detail = case.say(format_args!(
            "{:.0} events for each use of a shared device, on this market {:.0} (means)",
            events * per_use,
            usual.mean
        ));
        ((-deviations * per_use).clamp(-1.0, 1.0), detail)
    })
}

/// Members with more devices that nobody else uses than is usual: they have a life of their own.
pub(super) fn own_devices(case: &Case<'_, '_, '_>) -> Finding {
    let usual = &case.market.usual_own_devices;
    let own = &case.graph.links.merchants.private_devices;
    let (mut members, mut devices, mut deviations) = (0, 0.0, 0.0);
    for merchant in case.merchants().filter(|&m| case.market.devices_of(m) > 0) {
        members += 1;
        devices += f64::from(own[merchant]);
        deviations += usual.deviation(own[merchant]);
    }
    (members > 0).then(|| {
        let per_member = ratio(1, members);
        let detail = case.say(format_args!(
            "{:.1} devices a member that nobody else uses, on this market {:.1} (means)",
            devices * per_member,
            usual.mean
        ));
        ((deviations * per_member).clamp(-1.0, 1.0), detail)
    })
}
