package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// seating is the advisory lock under which seats are taken, so that two at once do not take the last one ("threatse" in ASCII).
const seating int64 = 0x7468726561747365

// SeatsTaken is how many people have an account that they can use. Who still has to verify an address takes no seat, or a stranger
// could fill them all; neither does who is disabled.
func (s *Store) SeatsTaken(ctx context.Context) (int, error) {
	var taken int
	if err := s.db.QueryRow(ctx, `select count(*) from users where status = 'active'`).Scan(&taken); err != nil {
		return 0, fmt.Errorf("count seats: %w", err)
	}
	return taken, nil
}

// takeSeat refuses one more person where the licence has no seat for them. Places that open invitations keep, but the one of
// this address, count as taken where kept is set. The lock is held until the transaction ends.
func (s *Store) takeSeat(ctx context.Context, tx pgx.Tx, mail string, kept bool) error {
	if s.config.Seat == nil {
		return nil
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(@key)`, pgx.NamedArgs{"key": seating}); err != nil {
		return fmt.Errorf("lock the seats: %w", err)
	}
	var taken int
	err := tx.QueryRow(ctx, `
		select (select count(*) from users where status = 'active')
		     + (select count(distinct lower(i.email)) from invitations i
		        where @kept and i.accepted_at is null and i.revoked_at is null and i.expires_at > @now and lower(i.email) <> lower(@mail))`,
		pgx.NamedArgs{"kept": kept, "mail": mail, "now": s.now()}).Scan(&taken)
	if err != nil {
		return fmt.Errorf("count seats: %w", err)
	}
	return s.config.Seat(taken)
}

// noSeat is what someone is told who cannot do anything about it themselves.
func noSeat(cause error) error {
	if !problem.Is(cause, problem.Conflict) {
		return cause
	}
	return problem.Wrap(problem.Conflict, cause, "Every seat of the licence is taken: ask an admin to free one or to extend the licence, then try again.").
		With(problem.Fault{Path: "license", Code: "seats_taken", Message: "an account that is disabled or removed frees its seat"})
}
