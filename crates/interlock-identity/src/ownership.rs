//! Who answers for an identity that nobody declared an owner for, and where it acts.
//!
//! Owner, the first that holds:
//!
//! 0. The declared team that a label at the provider names: see [`crate::labels`].
//! 1. The nearest identity along the lineage whose owner is declared, three edges away at most:
//!    the pipeline that deploys it, then who created it, then a pipeline that acts as it.
//!    Where equally near and equally strong edges lead to different teams, none of them counts.
//!    Whoever merely issued a credential for it says nothing about ownership: thieves do that.
//! 2. The team that answers for its account.
//! 3. The declared team after which an organisational unit of its account is called.
//! 4. Nobody: [`Ownership::Unowned`].
//!
//! Only declared owners are followed, never inferred ones, so the answer does not depend on the
//! order in which edges become known.
//!
//! Environment, the first that holds: declared for the identity; its account is declared; a label at
//! the provider or an organisational unit of its account says so; its name or a principal matches a declared pattern; unknown. Of several, the most careful one.

use crate::aliases::{Claim, Slot};
use crate::directory::Directory;
use crate::labels;
use crate::principal::{account, short_name};
use interlock_model::{
    Environment, EnvironmentBasis, Identity, IdentityKind, InventoryItem, LineageEdge, LineageKind,
    OwnerId, Ownership, Principal,
};
use std::collections::BTreeSet;

/// How many edges an owner is followed over.
const FARTHEST: usize = 3;

impl Directory {
    /// Makes the edges of a declared identity known to the other ends.
    pub(crate) fn point_edges(&mut self, slot: Slot) {
        let edges = self.record(slot).map(|it| it.identity.lineage.clone()).unwrap_or_default();
        for edge in edges {
            if let Some(name) = self.aliases.number(&edge.to, self.bounds.principals) {
                self.aliases.point(slot, name);
            }
        }
    }

    /// Infers the owner anew for this record and all whose owner may rest on it.
    pub(crate) fn infer_owners_from(&mut self, slot: Slot) {
        let mut reached = BTreeSet::from([slot]);
        let mut edge = vec![slot];
        for _ in 0..FARTHEST {
            let mut next = Vec::new();
            for slot in edge {
                next.extend(self.aliases.pointing_at(slot).filter(|it| reached.insert(*it)));
            }
            edge = next;
        }
        for slot in reached {
            self.infer_owner(slot);
        }
    }

    /// Infers the owner of this record anew.
    pub(crate) fn infer_owner(&mut self, slot: Slot) {
        let Some(identity) = self.record(slot).map(|it| &it.identity) else { return };
        if matches!(identity.owner, Ownership::Declared { .. }) {
            return;
        }
        let owner = self
            .owner_by_label(identity)
            .or_else(|| self.owner_by_lineage(slot))
            .or_else(|| self.owner_by_account(identity))
            .or_else(|| self.owner_by_unit(identity))
            .unwrap_or(Ownership::Unowned);
        if let Some(record) = self.record_mut(slot)
            && record.identity.owner != owner
        {
            record.identity.owner = owner;
            self.touch(slot);
        }
    }

    fn owner_by_lineage(&self, slot: Slot) -> Option<Ownership> {
        let mut visited = BTreeSet::from([slot]);
        // Where to go on from, and the edge of the record itself that led there.
        let mut here: Vec<(Slot, Option<&LineageEdge>)> = vec![(slot, None)];
        for _ in 0..FARTHEST {
            let mut found: Vec<(u8, &OwnerId, &LineageEdge, &Identity)> = Vec::new();
            let mut next = Vec::new();
            for (slot, first) in here {
                let lineage = self.record(slot).map(|it| it.identity.lineage.as_slice());
                for edge in lineage.unwrap_or_default() {
                    let Some((target, identity)) = self.behind(edge) else { continue };
                    let first = first.unwrap_or(edge);
                    if let Ownership::Declared { owner } = &identity.owner {
                        found.push((strength(first.kind), owner, first, identity));
                    } else if visited.insert(target) {
                        next.push((target, Some(first)));
                    }
                }
            }
            found.sort_by(|a, b| (a.0, &a.3.id, &a.2.to).cmp(&(b.0, &b.3.id, &b.2.to)));
            for strongest in 0..3 {
                let mut equal = found.iter().filter(|it| it.0 == strongest);
                let Some((_, owner, edge, identity)) = equal.next() else { continue };
                if equal.all(|it| it.1 == *owner) {
                    let how = match edge.kind {
                        LineageKind::DeployedBy => "deployed by",
                        LineageKind::CreatedBy => "created by",
                        LineageKind::AssumedBy => "assumed by",
                        LineageKind::IssuedFrom => "issued from",
                    };
                    let through = if self.behind(edge).is_some_and(|it| it.1.id == identity.id) {
                        String::new()
                    } else {
                        format!(" through `{}`", short_name(&edge.to))
                    };
                    return Some(Ownership::Inferred {
                        owner: (*owner).clone(),
                        from: format!(
                            "{how} `{}`{through}, whose owner is declared",
                            identity.name
                        ),
                        edge: Some(edge.kind),
                    });
                }
            }
            here = next;
        }
        None
    }

    /// The one identity at the other end of an edge that speaks of ownership.
    fn behind(&self, edge: &LineageEdge) -> Option<(Slot, &Identity)> {
        let name = self.aliases.find(&edge.to)?;
        let Claim::One(slot) = self.aliases.claim(name) else { return None };
        let identity = &self.record(slot)?.identity;
        let counts = match edge.kind {
            LineageKind::DeployedBy | LineageKind::CreatedBy => true,
            LineageKind::AssumedBy => identity.kind == IdentityKind::Pipeline,
            LineageKind::IssuedFrom => false,
        };
        counts.then_some((slot, identity))
    }

    fn owner_by_account(&self, identity: &Identity) -> Option<Ownership> {
        let mut owners = identity.principals.iter().filter_map(account).filter_map(|account| {
            let accounts = self.declaration.environments.iter().flat_map(|it| &it.accounts);
            accounts.filter(|it| &*it.0 == account).find_map(|it| Some((account, it.1.as_ref()?)))
        });
        let (account, owner) = owners.next()?;
        owners.all(|it| it.1 == owner).then(|| Ownership::Inferred {
            owner: owner.clone(),
            from: format!("account `{account}` is declared to belong to `{owner}`"),
            edge: None,
        })
    }

    fn owner_by_label(&self, identity: &Identity) -> Option<Ownership> {
        let says = |item: InventoryItem| {
            let (label, owner) = labels::owner(&self.declaration, &item.seen.labels)?;
            Some((owner.id.clone(), format!("{label} at `{}`", item.connector)))
        };
        let mut found: Vec<_> = self.items_of(identity).filter_map(says).collect();
        found.sort();
        let (owner, from) = found.first()?.clone();
        let agreed = found.iter().all(|it| it.0 == owner);
        agreed.then_some(Ownership::Inferred { owner, from, edge: None })
    }

    fn owner_by_unit(&self, identity: &Identity) -> Option<Ownership> {
        let says = |(account, item): (&str, InventoryItem)| {
            let (unit, owner) = labels::owner_by_unit(&self.declaration, &item.seen.labels)?;
            Some((owner.id.clone(), unit_of(unit.as_str(), account, &item)))
        };
        let mut found: Vec<_> = self.roots_of(identity).filter_map(says).collect();
        found.sort();
        let (owner, from) = found.first()?.clone();
        let agreed = found.iter().all(|it| it.0 == owner);
        agreed.then_some(Ownership::Inferred { owner, from, edge: None })
    }

    /// What connectors saw of the roots of an identity's accounts: where these stand is told there.
    fn roots_of<'d>(
        &'d self,
        identity: &'d Identity,
    ) -> impl Iterator<Item = (&'d str, InventoryItem)> {
        identity.principals.iter().flat_map(|principal| {
            let account = account(principal);
            let root = account.map(|it| root(principal, it)).and_then(|it| self.aliases.find(&it));
            let items = root.map(|it| self.inventory.listed.of(it, &self.aliases));
            items.into_iter().flatten().filter_map(move |it| Some((account?, it)))
        })
    }

    /// Infers anew what rests on the place of accounts in their organisation, where that changed.
    ///
    /// Goes through the whole directory then: to be called once after many changes.
    pub fn settle_units(&mut self) {
        let moved = self.inventory.listed.take_moved();
        if moved.is_empty() {
            return;
        }
        for slot in self.slots().collect::<Vec<_>>() {
            let Some(identity) = self.record(slot).map(|it| &it.identity) else { continue };
            if identity.principals.iter().filter_map(account).any(|it| moved.contains(it)) {
                self.infer_environment(slot);
                self.infer_owner(slot);
            }
        }
    }

    fn environment_by_label(&self, identity: &Identity) -> Option<(Environment, EnvironmentBasis)> {
        let says = |item: InventoryItem| {
            let (label, environment) = labels::environment(&item.seen.labels)?;
            Some((careful(environment), format!("{label} at `{}`", item.connector), environment))
        };
        let mut found: Vec<_> = self.items_of(identity).filter_map(says).collect();
        found.extend(self.roots_of(identity).filter_map(|(account, item)| {
            let (unit, environment) = labels::environment_by_unit(&item.seen.labels)?;
            let why = unit_of(unit.as_str(), account, &item);
            Some((careful(environment), why, environment))
        }));
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let (_, why, environment) = found.into_iter().next()?;
        Some((environment, EnvironmentBasis::Inferred(why)))
    }

    /// Infers the environment of this record anew, unless it is declared.
    pub(crate) fn infer_environment(&mut self, slot: Slot) {
        let Some(identity) = self.record(slot).map(|it| &it.identity) else { return };
        if identity.environment_basis == EnvironmentBasis::Declared {
            return;
        }
        let (environment, basis) = self
            .environment_by_account(identity)
            .or_else(|| self.environment_by_label(identity))
            .or_else(|| self.environment_by_name(identity))
            .unwrap_or((Environment::Unknown, EnvironmentBasis::None));
        if let Some(record) = self.record_mut(slot)
            && (record.identity.environment, &record.identity.environment_basis)
                != (environment, &basis)
        {
            record.identity.environment = environment;
            record.identity.environment_basis = basis;
            self.touch(slot);
        }
    }

    fn environment_by_account(
        &self,
        identity: &Identity,
    ) -> Option<(Environment, EnvironmentBasis)> {
        let mut found: Vec<(Environment, &str)> = Vec::new();
        for account in identity.principals.iter().filter_map(account) {
            for declared in &self.declaration.environments {
                if declared.accounts.iter().any(|it| &*it.0 == account) {
                    found.push((declared.environment, account));
                }
            }
        }
        let (environment, account) = found.into_iter().min_by_key(|it| (careful(it.0), it.1))?;
        let why = format!("account `{account}` is declared {environment}");
        Some((environment, EnvironmentBasis::Inferred(why)))
    }

    fn environment_by_name(&self, identity: &Identity) -> Option<(Environment, EnvironmentBasis)> {
        let names: Vec<String> = std::iter::once(identity.name.clone())
            .chain(
                identity
                    .principals
                    .iter()
                    .flat_map(|it| [short_name(it).into_owned(), it.to_string()]),
            )
            .collect();
        let mut found = Vec::new();
        for declared in &self.declaration.environments {
            for pattern in &declared.names {
                if let Some(name) = names.iter().find(|it| pattern.matches(it)) {
                    found.push((declared.environment, name, pattern));
                }
            }
        }
        let careful_first = |it: &(Environment, &String, _)| careful(it.0);
        let (environment, name, pattern) = found.into_iter().min_by_key(careful_first)?;
        let why = format!("`{name}` matches `{pattern}`, which is declared {environment}");
        Some((environment, EnvironmentBasis::Inferred(why)))
    }
}

/// The root of the account that a principal is in.
fn root(principal: &Principal, account: &str) -> Principal {
    let partition = principal.name.strip_prefix("arn:").and_then(|it| it.split(':').next());
    let partition = partition.unwrap_or("aws");
    Principal::new("aws", &format!("arn:{partition}:iam::{account}:root"))
}

fn unit_of(unit: &str, account: &str, item: &InventoryItem) -> String {
    format!("organisational unit `{unit}` of account `{account}` at `{}`", item.connector)
}

/// The order in which edges speak for an owner.
const fn strength(kind: LineageKind) -> u8 {
    match kind {
        LineageKind::DeployedBy => 0,
        LineageKind::CreatedBy => 1,
        LineageKind::AssumedBy | LineageKind::IssuedFrom => 2,
    }
}

/// The most careful environment first.
const fn careful(environment: Environment) -> u8 {
    match environment {
        Environment::Unknown | Environment::Production => 0,
        Environment::Staging => 1,
        Environment::Development => 2,
    }
}
