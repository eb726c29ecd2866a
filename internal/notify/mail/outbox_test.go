package mail

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

const link = "https://tw.example.org/reset/the-secret-of-the-link"

// desk is an outbox, the postman who empties it, and a way out that a test can close.
type desk struct {
	t       *testing.T
	pool    *pgxpool.Pool
	outbox  *Outbox
	postman *Postman

	mu   sync.Mutex
	now  time.Time
	fail error
	sent []envelope
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, pool: testkit.DB(t), now: noon}
	inserter, err := riverx.Inserter(d.pool)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New("an-encryption-key-of-more-than-32-chars")
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMailer(d, "threatwerk@example.org", d.clock)
	if err != nil {
		t.Fatal(err)
	}
	d.outbox, d.postman = NewOutbox(inserter, sealer, true, d.clock), NewPostman(d.pool, m, sealer)
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) send(_ context.Context, e envelope) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.sent = append(d.sent, e)
	return nil
}

// put writes a letter in a transaction that ends as end says.
func (d *desk) put(end func(pgx.Tx) error) string {
	d.t.Helper()
	tx, err := d.pool.Begin(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	id, err := d.outbox.Put(d.t.Context(), tx, "person@example.net", PasswordReset{Link: link, Expires: noon.Add(time.Hour)}, noon.Add(time.Hour))
	if err := errors.Join(err, end(tx)); err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *desk) commit(tx pgx.Tx) error   { return tx.Commit(d.t.Context()) }
func (d *desk) rollback(tx pgx.Tx) error { return tx.Rollback(d.t.Context()) }

func (d *desk) one() Entry {
	d.t.Helper()
	entries, err := Recent(d.t.Context(), d.pool)
	if err != nil || len(entries) != 1 {
		d.t.Fatalf("%+v, %v", entries, err)
	}
	return entries[0]
}

func (d *desk) works(id string) time.Duration {
	d.t.Helper()
	again, err := d.postman.Send(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return again
}

func (d *desk) count(sql string) (n int) {
	d.t.Helper()
	if err := d.pool.QueryRow(d.t.Context(), sql).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestALetterGoesOutWithItsTransaction(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put(d.rollback)
	if n := d.count(`select (select count(*) from mail_outbox) + (select count(*) from river_job)`); n != 0 {
		t.Errorf("%d rows of a letter that was taken back", n)
	}
	id := d.put(d.commit)
	if n := d.count(`select count(*) from river_job where kind = 'send_mail' and args->>'mail_id' = '` + id + `'`); n != 1 {
		t.Errorf("%d jobs", n)
	}
	var sealed []byte
	if err := d.pool.QueryRow(t.Context(), `select sealed from mail_outbox`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte("the-secret")) || len(sealed) < 100 {
		t.Errorf("%d bytes, %v: the link is readable in the database", len(sealed), err)
	}
	if again := d.works(id); again != 0 || len(d.sent) != 1 || d.sent[0].id != id || d.sent[0].to != "person@example.net" || !strings.Contains(d.sent[0].Text, link) || d.sent[0].messageID() != id+"@example.org" {
		t.Fatalf("again in %s, sent %+v", again, d.sent)
	}
	e := d.one()
	if e.SentAt == nil || e.GivenUpAt != nil || e.Attempts != 1 || e.NextAttempt != nil || e.LastError != "" || d.count(`select count(*) from mail_outbox where sealed is not null`) != 0 {
		t.Errorf("%+v", e)
	}
	// The job may run again; the mail goes out once.
	if again := d.works(id); again != 0 || len(d.sent) != 1 {
		t.Errorf("again in %s, %d sent", again, len(d.sent))
	}
	if again := d.works("no-such-mail"); again != 0 {
		t.Errorf("again in %s", again)
	}
}

func TestAFailedMailIsTriedAgainAndThenGivenUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.put(d.commit)
	d.fail = &undelivered{words: "451 come back"}
	for i, want := range []time.Duration{15 * time.Second, 30 * time.Second, time.Minute} {
		if again := d.works(id); again != want {
			t.Errorf("attempt %d: again in %s, want %s", i, again, want)
		}
	}
	e := d.one()
	if e.Attempts != 3 || e.LastError != "451 come back" || e.NextAttempt == nil || !e.NextAttempt.Equal(noon.Add(time.Minute)) || e.SentAt != nil {
		t.Errorf("%+v", e)
	}
	d.fail = nil
	if again := d.works(id); again != 0 || d.one().SentAt == nil || d.one().Attempts != 4 {
		t.Errorf("again in %s, %+v", again, d.one())
	}
}

func TestWhatCannotBeDeliveredIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*desk)
		want  string
	}{
		"refused for good":   {func(d *desk) { d.fail = &undelivered{permanent: true, words: "550 no such person"} }, "550 no such person"},
		"its link has ended": {func(d *desk) { d.now = noon.Add(time.Hour) }, "link ended"},
		"another key": {func(d *desk) {
			d.postman.sealer, _ = seal.New("another-encryption-key-of-more-than-32-chars")
		}, "ENCRYPTION_KEY was changed"},
	} {
		d := newDesk(t)
		id := d.put(d.commit)
		c.spoil(d)
		again := d.works(id)
		if e := d.one(); again != 0 || e.GivenUpAt == nil || e.SentAt != nil || !strings.Contains(e.LastError, c.want) || len(d.sent) != 0 || d.count(`select count(*) from mail_outbox where sealed is not null`) != 0 {
			t.Errorf("%s: again in %s, %+v", name, again, e)
		}
	}
}

func TestAProcessThatEndsLeavesTheMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.put(d.commit)
	ctx, cancel := context.WithCancel(t.Context())
	d.postman.mailer.way = waiting{cancel}
	if _, err := d.postman.Send(ctx, id); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if e := d.one(); e.Attempts != 0 || e.GivenUpAt != nil || e.NextAttempt == nil {
		t.Errorf("%+v", e)
	}
}

// waiting is a way out that is stopped while it sends.
type waiting struct{ stop func() }

func (w waiting) send(ctx context.Context, _ envelope) error {
	w.stop()
	return ctx.Err()
}

func TestOldEntriesAreClearedAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.put(d.commit)
	d.works(first)
	unsent := d.put(d.commit)
	d.now = noon.Add(keepFor + time.Minute)
	tx, err := d.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.outbox.Put(t.Context(), tx, "person@example.net", Test{Server: "x", Asked: d.now}, d.now.Add(time.Hour))
	if err := errors.Join(err, tx.Commit(t.Context())); err != nil {
		t.Fatal(err)
	}
	d.works(id)
	if n := d.count(`select count(*) from mail_outbox where id in ('` + id + `', '` + unsent + `')`); n != 2 || d.count(`select count(*) from mail_outbox`) != 2 {
		t.Errorf("%d of two", n)
	}
}

func TestWhatIsNotPut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tx, err := d.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := d.outbox.Put(t.Context(), tx, "a@example.net\r\nBcc: b@example.net", Test{}, noon.Add(time.Hour)); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
	off := NewOutbox(nil, nil, false, nil)
	if _, err := off.Put(t.Context(), tx, "a@example.net", Test{}, noon.Add(time.Hour)); !problem.Is(err, problem.Conflict) {
		t.Error(err)
	}
}

func TestResealing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const first, second = "an-encryption-key-of-more-than-32-chars", "another-encryption-key-of-more-than-32-chars"
	ids := []string{d.put(d.commit), d.put(d.commit), d.put(d.commit)}
	d.works(ids[0]) // sent, so that nothing of it is sealed any more
	if _, err := d.pool.Exec(t.Context(), `update mail_outbox set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) where id = $1`, ids[1]); err != nil {
		t.Fatal(err)
	}
	next, err := seal.New(second, first)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []seal.Tally{{Resealed: 1, Unreadable: 1}, {Unreadable: 1}} {
		if got, err := (Vault{DB: d.pool}).Reseal(t.Context(), next); err != nil || got != want {
			t.Errorf("%+v, want %+v, %v", got, want, err)
		}
	}
	if d.postman.sealer, err = seal.New(second); err != nil {
		t.Fatal(err)
	}
	if again := d.works(ids[2]); again != 0 || len(d.sent) != 2 || !strings.Contains(d.sent[1].Text, link) {
		t.Errorf("after the old key went: again in %s, %+v", again, d.sent)
	}
}
