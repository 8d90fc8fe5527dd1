//! Whether a tag is signed by a key of the default branch.

use super::gather::ReleaseContext;
use crate::judge::TagSignature;
use thrice_facts::files;
use thrice_facts::git::TagObject;
use thrice_findings::{Code, Finding};
use thrice_report::text::safe;

impl ReleaseContext<'_> {
    /// Whether a tag is signed by a key that counts.
    pub(super) fn signed(
        &self,
        name: &str,
        tag: Option<&TagObject>,
    ) -> anyhow::Result<TagSignature> {
        let Some(tag) = tag.filter(|_| self.base.rules.sign) else {
            return Ok(TagSignature::NotRequired);
        };
        let refuse = |message: String| {
            let help =
                format!("keys that count are in {} of the default branch", self.base.signers.shown);
            TagSignature::Refused(Finding::new(Code::ReleaseSignature, message).help(help))
        };
        match tag.signature.as_deref() {
            Some("-----BEGIN SSH SIGNATURE-----") => {}
            Some(_) => {
                let message = "it isn't signed with SSH, so no key of policy can check it";
                return Ok(refuse(message.to_owned()));
            }
            None => return Ok(refuse(format!("`{}` is not signed", safe(name)))),
        }
        let folder = thrice_facts::scratch::folder()?;
        let (allowed, revoked) = (folder.path().join("allowed"), folder.path().join("revoked"));
        let signers = &self.base.signers;
        files::write_whole(&allowed, &signers.allowed)?;
        if let Some(keys) = &signers.revoked {
            files::write_whole(&revoked, keys)?;
        }
        let revoked = signers.revoked.as_ref().map(|_| revoked.as_path());
        let verified = self.repository.verify_tag(&tag.id, &allowed, revoked, self.interrupt);
        let Err(error) = verified else { return Ok(TagSignature::Good) };
        let (name, said) = (safe(name), error.refusal()?);
        Ok(refuse(format!("the signature of `{name}` does not count: {}", safe(&said))))
    }
}
