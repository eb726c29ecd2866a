package account

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Session is a place where a person is signed in.
type Session struct {
	ID        string
	Method    string
	Strong    bool
	Address   string
	Agent     string
	CreatedAt time.Time
	LastSeen  time.Time
	ExpiresAt time.Time
}

// Sessions lists where a person is signed in, the newest use first.
func (s *Store) Sessions(ctx context.Context, user int64) ([]Session, error) {
	now := s.now()
	rows, err := s.db.Query(ctx, `
		select id::text, method, strong, address, agent, created_at, last_seen_at, expires_at
		from sessions where user_id = @user and expires_at > @now and last_seen_at > @idle
		order by last_seen_at desc, id limit 200`, pgx.NamedArgs{"user": user, "now": now, "idle": now.Add(-idleLife)})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}

// EndSession ends one session of a person.
func (s *Store) EndSession(ctx context.Context, user int64, id string) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from sessions where user_id = @user and id::text = @id`, pgx.NamedArgs{"user": user, "id": id})
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return problem.New(problem.NotFound, "there is no such session; it may have ended")
		}
		return audit.Write(ctx, tx, audit.Event{Action: "session.end", Subject: "person", ID: strconv.FormatInt(user, 10)})
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// EndOtherSessions ends every session of a person but one, and says how many.
func (s *Store) EndOtherSessions(ctx context.Context, user int64, keep string) (int, error) {
	ended := 0
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		n, err := endSessions(ctx, tx, user, keep)
		if err != nil {
			return err
		}
		ended = n
		return audit.Write(ctx, tx, audit.Event{
			Action: "session.end_others", Subject: "person", ID: strconv.FormatInt(user, 10), After: map[string]int{"ended": n},
		})
	})
	return ended, err
}

// EndPersonSessions signs a person out everywhere, for an admin, and says of how many sessions. Their tokens stay.
func (s *Store) EndPersonSessions(ctx context.Context, user int64) (int, error) {
	ended := 0
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		p, err := person(ctx, tx, user)
		if err != nil {
			return err
		}
		if ended, err = endSessions(ctx, tx, user, ""); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "session.end_all", Subject: "person", ID: strconv.FormatInt(user, 10), Name: p.Name, After: map[string]int{"ended": ended},
		})
	})
	return ended, err
}

// endSessions ends a person's sessions but keep, if that is not empty.
func endSessions(ctx context.Context, tx pgx.Tx, user int64, keep string) (int, error) {
	tag, err := tx.Exec(ctx, `delete from sessions where user_id = @user and id::text <> @keep`, pgx.NamedArgs{"user": user, "keep": keep})
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
