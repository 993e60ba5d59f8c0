use std::path::Path;

use smartsync_artifacts::Artifact;
use smartsync_chain::Submitter;

use super::{
    options::DeployOptions,
    program::{deploy_program, stands},
};
use crate::{
    deployment::{Deployed, Deployment},
    error::Error,
};

/// A run of `deploy`.
pub(super) struct Run<'a> {
    pub submitter: &'a Submitter,
    pub path: Option<&'a Path>,
    pub options: &'a DeployOptions,
    pub deployment: &'a mut Deployment,
    pub deployed: &'a mut Vec<&'static str>,
}

impl Run<'_> {
    /// Deploys a program without a constructor, unless it stands.
    pub async fn plain(
        &mut self,
        program: &Artifact,
        place: impl Fn(&mut Deployment) -> &mut Option<Deployed>,
    ) -> Result<(), Error> {
        let known = place(self.deployment).as_ref();
        if !stands(self.submitter.chain(), known, program).await? {
            let value = self.options.activation_value;
            let deployed = deploy_program(self.submitter, program, &[], value).await?;
            *place(self.deployment) = Some(deployed);
            self.book(program.name)?;
        }
        Ok(())
    }

    /// Notes what was deployed, and writes the file.
    pub fn book(&mut self, name: &'static str) -> Result<(), Error> {
        self.deployed.push(name);
        self.store()
    }

    /// Writes the file.
    pub fn store(&self) -> Result<(), Error> {
        self.path.map_or(Ok(()), |path| self.deployment.store(path))
    }
}
