package license

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// record is the row of license_state.
type record struct {
	subject      string
	customer     string
	seats        int
	expiresAt    *time.Time
	firstTriedAt time.Time
	validAt      *time.Time
	triedAt      *time.Time
	nextCheck    time.Time
	reason       string
	token        string
	tokenExpires *time.Time
}

// claim takes on the renewal if it is due: the next check moves by a lease, so that one task alone does it and a task that
// dies over it hinders nobody for long. Another subject's row starts anew.
func claim(ctx context.Context, db pg.DB, subject string, now time.Time) (r record, due bool, err error) {
	args := pgx.NamedArgs{"subject": subject, "now": now, "lease": now.Add(lease)}
	err = scan(db.QueryRow(ctx, `
		insert into license_state as s (subject, first_tried_at, next_check) values (@subject, @now, @lease)
		on conflict (only_one) do update set
			next_check = @lease, subject = excluded.subject,
			first_tried_at = case when s.subject = @subject then s.first_tried_at else @now end,
			customer = case when s.subject = @subject then s.customer else '' end,
			seats = case when s.subject = @subject then s.seats else 0 end,
			expires_at = case when s.subject = @subject then s.expires_at end,
			valid_at = case when s.subject = @subject then s.valid_at end,
			tried_at = case when s.subject = @subject then s.tried_at end,
			reason = case when s.subject = @subject then s.reason else '' end,
			consumption_token = case when s.subject = @subject then s.consumption_token else '' end,
			token_expires_at = case when s.subject = @subject then s.token_expires_at end
		where s.next_check <= @now or s.subject <> @subject
		returning subject, customer, seats, expires_at, first_tried_at, valid_at, tried_at, next_check, reason, consumption_token, token_expires_at`,
		args), &r)
	if err == nil {
		return r, true, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return record{}, false, fmt.Errorf("claim the licence's renewal: %w", err)
	}
	err = scan(db.QueryRow(ctx, `
		select subject, customer, seats, expires_at, first_tried_at, valid_at, tried_at, next_check, reason, consumption_token, token_expires_at
		from license_state`), &r)
	if err != nil {
		return record{}, false, fmt.Errorf("read the licence's state: %w", err)
	}
	return r, false, nil
}

func scan(row pgx.Row, r *record) error {
	return row.Scan(&r.subject, &r.customer, &r.seats, &r.expiresAt, &r.firstTriedAt, &r.validAt, &r.triedAt, &r.nextCheck, &r.reason,
		&r.token, &r.tokenExpires)
}

// save writes the outcome of a check, unless the row went to another subject meanwhile.
func (r *record) save(ctx context.Context, db pg.DB) error {
	_, err := db.Exec(ctx, `
		update license_state set customer = @customer, seats = @seats, expires_at = @expires, valid_at = @valid, tried_at = @tried,
			next_check = @next, reason = @reason, consumption_token = @token, token_expires_at = @token_expires
		where subject = @subject`, pgx.NamedArgs{
		"customer": r.customer, "seats": r.seats, "expires": r.expiresAt, "valid": r.validAt, "tried": r.triedAt, "next": r.nextCheck,
		"reason": r.reason, "token": r.token, "token_expires": r.tokenExpires, "subject": r.subject,
	})
	if err != nil {
		return fmt.Errorf("write the licence's state: %w", err)
	}
	return nil
}

// release takes a token out of use and makes the next check due, unless another token is in use by now.
func release(ctx context.Context, db pg.DB, token string, now time.Time) (ours bool, err error) {
	tag, err := db.Exec(ctx, `
		update license_state set consumption_token = '', token_expires_at = null, next_check = @now where consumption_token = @token`,
		pgx.NamedArgs{"token": token, "now": now})
	if err != nil {
		return false, fmt.Errorf("release the licence: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}
