//! `release log`: where releases went.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::base::Base;
use super::gather::ReleaseContext;
use crate::judge::deploy;
use crate::judge::message::Message;
use crate::judge::tags::Tags;
use thrice_facts::clock;
use thrice_facts::git::TagObject;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Known, Stop, Verdict, short, verdict};
use thrice_ledger::decisions::entries::DeployResult;
use thrice_ledger::gather::reading;
use thrice_ledger::recording::check_clock;
use thrice_ledger::{Draft, Entry, append};
use thrice_patch::approvals::text;
use thrice_programme::Kind;
use thrice_programme::release::{Stage, Tagged};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, safe};

/// Shows releases and deployments, the newest last; or records a deployment.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Log {
    /// Only deployments to this environment.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    #[command(subcommand)]
    verb: Option<LogVerb>,
}

#[derive(Debug, Subcommand)]
enum LogVerb {
    /// Records a deployment of a release.
    Deploy(Deploy),
}

/// Records a deployment: of a tag alone, never of a branch.
#[derive(Debug, Args)]
struct Deploy {
    /// Environment, as in policy.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: String,
    /// Tag of the candidate or release.
    #[arg(long, value_name = "TAG")]
    tag: String,
    /// Result.
    #[arg(long, value_enum)]
    result: DeployResult,
    /// Note.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Shows what it would record, and records nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Log {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        match self.verb {
            Some(LogVerb::Deploy(deploy)) => deploy.run(world),
            None => show(world, self.env.as_deref()),
        }
    }
}

/// Shows what the ledger says.
fn show(world: &World, environment: Option<&str>) -> Result<Report, Stop> {
    let repository = world.repository()?;
    let (policy, _) = world.policy(&repository)?;
    let rules = policy.ledger;
    let reading = reading(&repository, &rules)?;
    let entries = reading.entries(&repository, |_| true)?;
    let bears = |entry: &&Entry| match entry.said.kind {
        Kind::Deploy => environment.is_none_or(|it| text(entry, "environment") == Some(it)),
        Kind::Release => environment.is_none(),
        _ => false,
    };
    let shown: Vec<&Entry> = entries.iter().filter(bears).collect();
    let mut table = Table::new(["when", "what", "tag", "commit", "came to"]);
    for entry in &shown {
        let said = |name: &str| safe(text(entry, name).unwrap_or_default()).replace('\n', "\\n");
        let when = clock::rfc3339(entry.said.created_at);
        let (what, came) = match entry.said.kind {
            Kind::Deploy => (format!("deploy to {}", said("environment")), said("result")),
            _ => (said("stage"), "released".to_owned()),
        };
        table.row([when, what, said("tag"), short(&said("sha")).to_owned(), came]);
    }
    let mut report = Report::of(reading.unreached_warning().into_iter().collect());
    report.body = match shown.is_empty() {
        true => "the ledger records no release and no deployment yet\n".to_owned(),
        false => format!("{}\n{}\n", table.text(), counted(shown.len(), "line")),
    };
    let data = |entry: &&Entry| {
        json!({
            "id": entry.said.id,
            "kind": entry.said.kind.word(),
            "created_at": clock::rfc3339(entry.said.created_at),
            "actor": entry.said.actor,
            "data": entry.said.data,
        })
    };
    report.data = json!({ "entries": shown.iter().map(data).collect::<Vec<Value>>() });
    Ok(report)
}

impl Deploy {
    fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let base = Base::online(world, &repository, &interrupt)?;
        let context = ReleaseContext::of(world, &repository, &interrupt, &base);
        let tags = match base.tags(&repository)? {
            Known::Is(tags) => tags,
            Known::Absent => Tags::default(),
            Known::Unseen(finding) => return Err(finding.into()),
        };
        let tag = tags.named(&self.tag);
        let tagged = base.rules.form.read(&self.tag);
        let stage = match tag.filter(|tag| tag.commit.is_some()).zip(tagged) {
            Some((tag, tagged)) => {
                let object = context.tag_object(&self.tag, &tag.object)?;
                Some(self.stage(tagged, object.as_ref(), tag.target()))
            }
            None => None,
        };
        let findings = deploy::check(&base.rules, &self.env, &self.tag, tag, stage.as_ref());
        let sha = tag.map(|tag| tag.target().to_owned()).unwrap_or_default();
        let mut report = Report::of(findings);
        if verdict(&report.findings) != Verdict::Pass {
            report.body = "nothing was recorded\n".to_owned();
            return Ok(report);
        }
        let data = self.data(&sha);
        report.data = json!({ "recorded": !self.dry_run, "data": data });
        if self.dry_run {
            report.body =
                format!("would record that {} is on {}\n", safe(&self.tag), safe(&self.env));
            return Ok(report);
        }
        let draft = Draft { kind: Kind::Deploy, data, id: None, key: None };
        let appended = check_clock(&repository, &interrupt).and_then(|()| {
            append(&repository, &base.policy.ledger, &base.keygen, &draft, &clock::now)
        });
        match appended {
            Ok(appended) => {
                report.findings.extend(appended.not_in_effect());
                report.body = format!(
                    "{} on {}: {}\nappended to {}\nhead: {}\n",
                    safe(&self.tag),
                    safe(&self.env),
                    self.result.word(),
                    base.policy.ledger.branch,
                    appended.head
                );
            }
            Err(finding) => report.findings.push(*finding),
        }
        Ok(report)
    }

    /// What the tag's message says of its stage, where it is of this tag and its commit.
    fn stage(
        &self,
        tagged: Tagged,
        object: Option<&TagObject>,
        commit: &str,
    ) -> Result<Stage, String> {
        let object = object.ok_or("the remote doesn't send the tag's object")?;
        let message = Message::read(&object.message)?;
        let same = message.version == tagged.to_string()
            && message.stage == tagged.stage
            && message.sha == commit
            && object.name == self.tag;
        if same { Ok(message.stage) } else { Err("its message is another's".to_owned()) }
    }

    fn data(&self, sha: &str) -> Map<String, Value> {
        let mut data = Map::new();
        let mut say = |key: &str, value: &str| data.insert(key.to_owned(), json!(value));
        say("environment", &self.env);
        say("tag", &self.tag);
        say("sha", sha);
        say("result", self.result.word());
        self.note.as_ref().map(|note| say("note", note));
        data
    }
}
