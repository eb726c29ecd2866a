package mail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// Inserter puts jobs into the queue, in a transaction.
type Inserter interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// Outbox takes letters in. It is safe for concurrent use.
type Outbox struct {
	jobs    Inserter
	sealer  *seal.Sealer
	enabled bool
	now     func() time.Time
}

// NewOutbox makes an outbox. enabled says whether mail is set up (NOTIFY_BACKEND).
func NewOutbox(jobs Inserter, sealer *seal.Sealer, enabled bool, now func() time.Time) *Outbox {
	if now == nil {
		now = time.Now
	}
	return &Outbox{jobs: jobs, sealer: sealer, enabled: enabled, now: now}
}

// Enabled reports whether mail is set up. Where it is not, links are shown to whoever makes them instead.
func (o *Outbox) Enabled() bool { return o != nil && o.enabled }

// Put writes a letter to a bare address within the caller's transaction: it goes out once that commits, and never otherwise. After
// before it is not sent any more, since its link is dead by then. The result is the mail's id. Errors for people are
// Invalid, for an address that is none, and Conflict, when mail is not set up.
func (o *Outbox) Put(ctx context.Context, tx pgx.Tx, to string, l Letter, before time.Time) (id string, err error) {
	if !o.Enabled() {
		return "", errDisabled()
	}
	if to, err = address(to); err != nil {
		return "", err
	}
	message, err := Render(l)
	if err != nil {
		return "", err
	}
	id = newID()
	plain, err := json.Marshal(message)
	if err != nil {
		return "", fmt.Errorf("write the mail: %w", err)
	}
	sealed, err := o.sealer.Seal(plain, identity(id))
	if err != nil {
		return "", err
	}
	now := o.now().UTC()
	_, err = tx.Exec(ctx, `
		insert into mail_outbox (id, template, recipient, sealed, created_at, send_before, next_attempt)
		values (@id, @template, @to, @sealed, @now, @before, @now)`, pgx.NamedArgs{
		"id": id, "template": message.Template, "to": to, "sealed": sealed, "now": now, "before": before.UTC(),
	})
	if err != nil {
		return "", fmt.Errorf("put the mail into the outbox: %w", err)
	}
	if _, err := o.jobs.InsertTx(ctx, tx, jobs.SendMail{MailID: id}, &river.InsertOpts{Queue: jobs.QueueInteractive}); err != nil {
		return "", fmt.Errorf("queue the mail: %w", err)
	}
	return id, nil
}

// identity binds what is sealed to its row.
func identity(id string) string { return "mail_outbox:" + id }

// newID is unlike any other, and fit for a Message-ID.
func newID() string { return strings.ToLower(rand.Text()) }

// Entry is a mail in the outbox as administrators see it.
type Entry struct {
	ID, Template, Recipient string
	CreatedAt               time.Time
	Attempts                int
	// NextAttempt is when it is tried next; nil once it has ended.
	NextAttempt *time.Time
	// LastError is what the server answered last, with the remedy if that is known.
	LastError         string
	SentAt, GivenUpAt *time.Time
}

// maxEntries bounds a look into the outbox.
const maxEntries = 100

const entryColumns = `
	select id, template, recipient, created_at, attempts,
	       case when sent_at is null and given_up_at is null then next_attempt end as next_attempt, last_error, sent_at, given_up_at
	from mail_outbox`

// Recent lists the newest mails.
func Recent(ctx context.Context, db pg.DB) ([]Entry, error) {
	rows, err := db.Query(ctx, entryColumns+` order by created_at desc, id limit @limit`, pgx.NamedArgs{"limit": maxEntries})
	if err != nil {
		return nil, fmt.Errorf("list the outbox: %w", err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, fmt.Errorf("list the outbox: %w", err)
	}
	return entries, nil
}
