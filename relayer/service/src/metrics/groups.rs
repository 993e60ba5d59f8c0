use prometheus_client::registry::Registry;

use super::value::{OfMirror, of_mirrors};
use crate::watch::View;

/// How the groups are, each by the name of the mirror that is read.
pub(super) fn groups(registry: &mut Registry, view: &View) {
    let (members, apart) = (of_mirrors(), of_mirrors());
    let (reads, failing) = (of_mirrors(), of_mirrors());
    for mirror in &view.mirrors {
        let Some(group) = &mirror.group else {
            continue;
        };
        let label = OfMirror {
            mirror: mirror.name.clone(),
        };
        for (family, count) in [
            (&members, group.members.len()),
            (&apart, group.apart()),
            (&reads, group.reads),
            (&failing, group.failing.len()),
        ] {
            family.get_or_create(&label).set(count as f64);
        }
    }
    for (name, help, family) in [
        (
            "group_members",
            "Mirrors that are read together, the asked one among them",
            members,
        ),
        (
            "group_members_apart",
            "Those of them that cannot be read at the asked one's source block",
            apart,
        ),
        ("group_reads", "Reads that the group is for", reads),
        (
            "group_reads_failing",
            "Those of them that the mirrors do not answer",
            failing,
        ),
    ] {
        registry.register(name, help, family);
    }
}
