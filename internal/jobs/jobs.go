// Package jobs holds the arguments of background jobs: the contract by which one domain makes another act. A job is
// inserted in the transaction that writes the data it is about, and carries ids only.
package jobs

// Queues. People wait for QueueInteractive; schedules and imports use the others, so that they never delay a person.
const (
	QueueInteractive = "interactive"
	QueueMatching    = "matching"
	QueueFeeds       = "feeds"
	// QueueSchedule is for the short jobs that hand out others.
	QueueSchedule = "schedule"
)

// MatchSBOM evaluates the components of one SBOM that no matcher has seen and derives its release's findings.
type MatchSBOM struct {
	SBOMID int64 `json:"sbom_id" river:"unique"`
}

// Kind implements river.JobArgs.
func (MatchSBOM) Kind() string { return "match_sbom" }

// MatchAdvisories re-evaluates every component that bears a package name of these advisories, or matched them before,
// and the findings of every release that has such a component. AdvisoryIDs are advisories.id, at most 1,000 a job.
type MatchAdvisories struct {
	AdvisoryIDs []int64 `json:"advisory_ids"`
}

// Kind implements river.JobArgs.
func (MatchAdvisories) Kind() string { return "match_advisories" }

// RefreshReleases derives the findings of these releases again, without matching anything: after a release was
// activated, deactivated or got another current SBOM.
type RefreshReleases struct {
	ReleaseIDs []int64 `json:"release_ids"`
}

// Kind implements river.JobArgs.
func (RefreshReleases) Kind() string { return "refresh_releases" }

// SweepAssessments takes back what expired assessments did.
type SweepAssessments struct{}

// Kind implements river.JobArgs.
func (SweepAssessments) Kind() string { return "sweep_assessments" }

// PollFeed polls one feed. While one is waiting or at work, another like it is not queued.
type PollFeed struct {
	Feed string `json:"feed" river:"unique"`
	// Reconcile asks for a look at everything that the service holds, or at the next part of it.
	Reconcile bool `json:"reconcile,omitempty"`
	// AcceptWithdrawals is a person's answer to a poll that asked before it withdraws many records.
	AcceptWithdrawals bool `json:"accept_withdrawals,omitempty"`
}

// Kind implements river.JobArgs.
func (PollFeed) Kind() string { return "poll_feed" }

// ScheduleFeeds hands out the polls that are due and says which feeds are behind.
type ScheduleFeeds struct{}

// Kind implements river.JobArgs.
func (ScheduleFeeds) Kind() string { return "schedule_feeds" }

// SendMail sends one mail of the outbox.
type SendMail struct {
	MailID string `json:"mail_id" river:"unique"`
}

// Kind implements river.JobArgs.
func (SendMail) Kind() string { return "send_mail" }
