package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// Postman sends what is in the outbox.
type Postman struct {
	db     pg.DB
	mailer *Mailer // nil: mail is not set up
	sealer *seal.Sealer
}

// NewPostman makes a postman. A nil mailer leaves mail lying until one is set up or its time is over.
func NewPostman(db pg.DB, mailer *Mailer, sealer *seal.Sealer) *Postman {
	return &Postman{db: db, mailer: mailer, sealer: sealer}
}

// AddWorkers registers the worker of this package's jobs.
func AddWorkers(workers *river.Workers, p *Postman) { river.AddWorker(workers, &worker{p: p}) }

type worker struct {
	river.WorkerDefaults[jobs.SendMail]
	p *Postman
}

func (w *worker) Timeout(*river.Job[jobs.SendMail]) time.Duration { return 2 * sendTime }

// Work sends one mail. A failed attempt sleeps and comes back, for as long as the mail is worth sending.
func (w *worker) Work(ctx context.Context, job *river.Job[jobs.SendMail]) error {
	again, err := w.p.Send(ctx, job.Args.MailID)
	if err != nil {
		return err
	}
	if again > 0 {
		return river.JobSnooze(again)
	}
	return nil
}

const (
	// The pauses between attempts double from the first to the longest.
	firstPause = 15 * time.Second
	maxPause   = 30 * time.Minute
	// keepFor is how long the outbox remembers what became of a mail.
	keepFor = 90 * 24 * time.Hour
	// clearAtOnce bounds what one attempt clears away.
	clearAtOnce = 100
)

// pending is a mail that has not ended.
type pending struct {
	Recipient  string
	Template   string
	Sealed     []byte
	CreatedAt  time.Time
	SendBefore time.Time
	Attempts   int
}

// Send tries to send one mail, and says how long to wait before it is tried again; 0 when it has ended, one way or the other.
func (p *Postman) Send(ctx context.Context, id string) (again time.Duration, err error) {
	now := time.Now
	if p.mailer != nil {
		now = p.mailer.now
	}
	rows, err := p.db.Query(ctx, `
		select recipient, template, sealed, created_at, send_before, attempts from mail_outbox
		where id = @id and sent_at is null and given_up_at is null`, pgx.NamedArgs{"id": id})
	if err != nil {
		return 0, fmt.Errorf("read mail %s: %w", id, err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[pending])
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil // sent already, or its row was cleared away
	}
	if err != nil {
		return 0, fmt.Errorf("read mail %s: %w", id, err)
	}
	logging.Add(ctx, zap.String("mail_id", id), zap.String("template", m.Template), zap.Int("mail_attempt", m.Attempts+1))
	if !now().Before(m.SendBefore) {
		return 0, p.end(ctx, id, now(), false, m.Attempts, "not sent before its link ended")
	}
	failed := p.try(ctx, id, m)
	if failed == nil {
		return 0, p.end(ctx, id, now(), true, m.Attempts+1, "")
	}
	if ctx.Err() != nil {
		return 0, ctx.Err() // the process is ending: that is no answer of the server's
	}
	logging.Add(ctx, zap.String("mail_failed", failed.Error()))
	if failed.permanent {
		return 0, p.end(ctx, id, now(), false, m.Attempts+1, failed.Error())
	}
	again = min(firstPause<<min(m.Attempts, 10), maxPause)
	_, err = p.db.Exec(ctx, `
		update mail_outbox set attempts = @attempts, next_attempt = @next, last_error = @error where id = @id and sent_at is null and given_up_at is null`,
		pgx.NamedArgs{"id": id, "attempts": m.Attempts + 1, "next": now().Add(again).UTC(), "error": failed.Error()})
	if err != nil {
		return 0, fmt.Errorf("note the attempt of mail %s: %w", id, err)
	}
	return again, nil
}

// try opens the mail and sends it.
func (p *Postman) try(ctx context.Context, id string, m pending) *undelivered {
	if p.mailer == nil {
		return &undelivered{words: "mail is not set up", remedy: "set NOTIFY_BACKEND and NOTIFY_FROM"}
	}
	plain, _, err := p.sealer.Open(m.Sealed, identity(id))
	e := envelope{id: id, from: p.mailer.from, to: m.Recipient, date: m.CreatedAt}
	if err == nil {
		err = json.Unmarshal(plain, &e.Message)
	}
	if err != nil {
		return &undelivered{permanent: true, words: "the mail cannot be opened: ENCRYPTION_KEY was changed", remedy: "have it sent again", cause: err}
	}
	err = p.mailer.way.send(ctx, e)
	var u *undelivered
	if err != nil && !errors.As(err, &u) {
		u = &undelivered{words: oneLine(err.Error()), cause: err}
	}
	return u
}

// end notes what became of a mail, forgets its text, and clears away what is long over.
func (p *Postman) end(ctx context.Context, id string, now time.Time, sent bool, attempts int, last string) error {
	_, err := p.db.Exec(ctx, `
		with cleared as (
			delete from mail_outbox where id in (
				select id from mail_outbox where created_at < @old and id <> @id and (sent_at is not null or given_up_at is not null)
				order by created_at limit @most for update skip locked)
		)
		update mail_outbox set sealed = null, attempts = @attempts, last_error = @error,
			sent_at = case when @sent then @now::timestamptz end, given_up_at = case when not @sent then @now::timestamptz end
		where id = @id and sent_at is null and given_up_at is null`, pgx.NamedArgs{
		"id": id, "now": now.UTC(), "sent": sent, "attempts": attempts, "error": last, "old": now.Add(-keepFor).UTC(), "most": clearAtOnce,
	})
	if err != nil {
		return fmt.Errorf("note the end of mail %s: %w", id, err)
	}
	return nil
}
