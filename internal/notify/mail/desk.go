package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Settings say how mail goes out, without any secret.
type Settings struct {
	Backend string // ses, smtp; empty: mail is not set up
	From    string // the sender, as NOTIFY_FROM has it
	Server  string // the mail server as host:port, or the Region of SES
}

// Desk is where administrators look after mail.
type Desk struct {
	settings Settings
	page     string
	db       pg.DB
	outbox   *Outbox
}

// NewDesk makes a desk. Page is APP_URL, which the test letter names.
func NewDesk(s Settings, page string, db pg.DB, outbox *Outbox) *Desk {
	return &Desk{settings: s, page: page, db: db, outbox: outbox}
}

// Settings are the server's.
func (d *Desk) Settings() Settings { return d.settings }

// testLife is how long a test letter is worth sending: whoever asked for it has fixed the settings or gone on by then.
const testLife = time.Hour

// SendTest puts the test letter for the caller into the outbox; the entry says later what became of it.
func (d *Desk) SendTest(ctx context.Context) (Entry, error) {
	var id string
	err := pg.InTx(ctx, d.db, func(tx pgx.Tx) error {
		now, to := d.outbox.now(), access.CallerOf(ctx).Mail
		var err error
		if id, err = d.outbox.Put(ctx, tx, to, Test{Server: d.page, Asked: now}, now.Add(testLife)); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "mail.test", Subject: "mail", ID: id, Name: to})
	})
	if err != nil {
		return Entry{}, err
	}
	return d.Letter(ctx, id)
}

// Letter reads one letter of the outbox.
func (d *Desk) Letter(ctx context.Context, id string) (Entry, error) {
	rows, err := d.db.Query(ctx, entryColumns+` where id = @id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return Entry{}, fmt.Errorf("read a letter: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return Entry{}, problem.New(problem.NotFound, "there is no letter %q in the outbox", id)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read a letter: %w", err)
	}
	return e, nil
}

// Letters lists the newest letters.
func (d *Desk) Letters(ctx context.Context) ([]Entry, error) { return Recent(ctx, d.db) }
