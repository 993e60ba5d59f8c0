use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use alloy_primitives::{Address, Bytes, TxHash};
use serde::{Deserialize, Serialize};
use smartsync_chain::Chain;
use smartsync_roots::RootSourceKind;

use crate::error::{Error, FileProblem};

/// What is deployed where, as kept in the deployment file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Chain id of the source chain.
    pub source_chain_id: u64,
    /// Chain id of the target chain.
    pub target_chain_id: u64,
    /// The proxy program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Deployed>,
    /// The program that reads what a mirror's trapped code cannot answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<Deployed>,
    /// What keeps codes of source chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<Deployed>,
    /// Which of the root sources below the registry asks.
    #[serde(default)]
    pub root_source: RootSourceKind,
    /// The root source of M of N signers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notary: Option<Deployed>,
    /// The root source over the block-hash buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_chain: Option<Deployed>,
    /// The root source over M of N others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combined: Option<Deployed>,
    /// The root source over a rollup's contracts on its parent chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollup: Option<Deployed>,
    /// The SmartSync contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<Deployed>,
    /// The proof functions as view calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verifier: Option<Deployed>,
    /// The program that runs proven calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner: Option<Deployed>,
    /// Proven calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prover: Option<Deployed>,
    /// Creates feeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feeds: Option<Deployed>,
    /// Mirrors that belong together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

/// What is read through the mirror of a contract, and what that takes as of the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The contract on the source chain.
    pub source: Address,
    /// The reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<GroupRead>,
    /// The contracts whose mirrors they read, this one among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Address>,
}

/// A read of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRead {
    /// Who asks.
    #[serde(default)]
    pub from: Address,
    /// Calldata.
    pub data: Bytes,
    /// The function, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
}

/// One deployed program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// Where it stands on the target chain.
    pub address: Address,
    /// Target block of its deployment.
    pub block: u64,
    /// Transaction that deployed it.
    pub tx_hash: TxHash,
    /// Gas that took, activation included.
    pub gas_used: u64,
    /// Size of the code on chain in bytes.
    pub code_bytes: usize,
}

impl Deployment {
    /// The programs that are deployed, by name.
    pub fn programs(&self) -> Vec<(&'static str, &Deployed)> {
        [
            ("proxy", &self.proxy),
            ("reader", &self.reader),
            ("codes", &self.codes),
            ("notary", &self.notary),
            ("parentChain", &self.parent_chain),
            ("combined", &self.combined),
            ("rollup", &self.rollup),
            ("registry", &self.registry),
            ("verifier", &self.verifier),
            ("runner", &self.runner),
            ("prover", &self.prover),
            ("feeds", &self.feeds),
        ]
        .into_iter()
        .filter_map(|(name, program)| Some((name, program.as_ref()?)))
        .collect()
    }

    /// The root source that the registry asks.
    pub fn root_source(&self) -> Option<(RootSourceKind, &Deployed)> {
        let deployed = match self.root_source {
            RootSourceKind::Notary => &self.notary,
            RootSourceKind::ParentChain => &self.parent_chain,
            RootSourceKind::Combined => &self.combined,
            RootSourceKind::Rollup => &self.rollup,
        };
        Some((self.root_source, deployed.as_ref()?))
    }

    /// Reads a deployment file.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|problem| Error::FileContent {
            path: path.to_owned(),
            problem: problem.into(),
        })
    }

    /// Writes the deployment file: a new file takes the place of the old one at once, and only when all of it is on the
    /// disk. On a full disk the old one stays as it is.
    pub fn store(&self, path: &Path) -> Result<(), Error> {
        let content = |problem: serde_json::Error| Error::FileContent {
            path: path.to_owned(),
            problem: problem.into(),
        };
        let mut text = serde_json::to_string_pretty(self).map_err(content)?;
        text.push('\n');
        // A link stays one: what it leads to is replaced.
        let place = linked(path);
        let mut draft = place.as_os_str().to_owned();
        draft.push(".new");
        let draft = PathBuf::from(draft);
        replace(&draft, &place, text.as_bytes()).map_err(|source| {
            // A draft that is not whole is of no use to anybody; that it stays is no reason to hide the first error.
            if let Err(error) = std::fs::remove_file(&draft) {
                tracing::debug!(path = %draft.display(), %error, "no draft to remove");
            }
            Error::File {
                path: path.to_owned(),
                source,
            }
        })
    }

    /// Checks that it was made for these chains.
    pub fn check_chains(&self, path: &Path, chains: &[&Chain]) -> Result<(), Error> {
        for chain in chains {
            let side = chain.side();
            let expected = match side {
                smartsync_chain::Side::Source => self.source_chain_id,
                smartsync_chain::Side::Target => self.target_chain_id,
                // Not in the file: the root source knows it.
                smartsync_chain::Side::Parent => continue,
            };
            let got = chain.chain_id();
            if expected != got {
                let problem = FileProblem::OtherChain {
                    side,
                    expected,
                    got,
                };
                return Err(Error::FileContent {
                    path: path.to_owned(),
                    problem,
                });
            }
        }
        Ok(())
    }
}

/// Where a link leads in the end, whether or not a file is there; a path that is no link leads to itself.
fn linked(path: &Path) -> PathBuf {
    /// As many as Linux follows.
    const LINKS: usize = 40;
    let mut place = path.to_owned();
    for _ in 0..LINKS {
        let Ok(next) = std::fs::read_link(&place) else {
            break;
        };
        // Relative to the link's own folder.
        place = place.parent().unwrap_or(Path::new("")).join(next);
    }
    place
}

fn replace(draft: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(draft, path)?;
    // The new name, too, must be on the disk; where folders cannot be opened (Windows) it is.
    if cfg!(unix) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_deployment_is_read_back_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deployment.json");
        let deployment = Deployment {
            source_chain_id: 31_337,
            target_chain_id: 412_346,
            registry: Some(Deployed {
                address: Address::repeat_byte(1),
                block: 7,
                tx_hash: TxHash::repeat_byte(2),
                gas_used: 8,
                code_bytes: 9,
            }),
            ..Deployment::default()
        };
        deployment.store(&path).expect("stored");
        assert_eq!(Deployment::load(&path).expect("loaded"), deployment);
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_deployment_file_that_is_a_link_stays_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir(place("kept")).expect("made");
        std::os::unix::fs::symlink("kept/real.json", place("second.json")).expect("a link");
        std::os::unix::fs::symlink(place("second.json"), place("deployment.json")).expect("a link");
        for source_chain_id in [1, 2] {
            let deployment = Deployment {
                source_chain_id,
                ..Deployment::default()
            };
            deployment.store(&place("deployment.json")).expect("stored");
            for path in ["deployment.json", "second.json", "kept/real.json"] {
                assert_eq!(Deployment::load(&place(path)).expect("loaded"), deployment);
            }
        }
        assert!(place("deployment.json").is_symlink() && place("second.json").is_symlink());
        assert_eq!(std::fs::read_dir(place("kept")).expect("listed").count(), 1);
    }

    #[test]
    fn a_file_from_before_there_was_a_choice_has_the_notary_as_root_source() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deployment.json");
        let deployed = r#"{"address":"0x0101010101010101010101010101010101010101","block":7,
            "txHash":"0x0202020202020202020202020202020202020202020202020202020202020202","gasUsed":8,"codeBytes":9}"#;
        let text = format!(r#"{{"sourceChainId":1,"targetChainId":2,"notary":{deployed}}}"#);
        std::fs::write(&path, text).expect("written");
        let deployment = Deployment::load(&path).expect("loaded");
        let (kind, notary) = deployment.root_source().expect("a root source");
        assert_eq!(
            (kind, notary.address),
            (RootSourceKind::Notary, Address::repeat_byte(1))
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_deployment_that_cannot_be_written_names_the_file_and_leaves_the_old_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deployment.json");
        let old = Deployment {
            source_chain_id: 1,
            ..Deployment::default()
        };
        old.store(&path).expect("stored");
        // Whatever is written to /dev/full finds the disk full.
        std::os::unix::fs::symlink("/dev/full", folder.path().join("deployment.json.new"))
            .expect("a link");
        let new = Deployment {
            source_chain_id: 2,
            ..Deployment::default()
        };
        let message = new.store(&path).expect_err("a full disk").to_string();
        assert!(
            message.contains("deployment.json") && message.contains("No space left"),
            "{message}"
        );
        assert_eq!(Deployment::load(&path).expect("loaded"), old);
    }

    #[test]
    fn a_broken_deployment_file_is_refused_with_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deployment.json");
        std::fs::write(&path, "{\n  \"sourceChainId\": \"x\"\n}").expect("written");
        let message = Deployment::load(&path)
            .expect_err("not a number")
            .to_string();
        assert!(
            message.contains("deployment.json") && message.contains("line 2"),
            "{message}"
        );
    }
}
