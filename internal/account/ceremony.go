package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// How long the halves of a ceremony may lie apart: of a passkey's use or a second step, and of setting one-time codes up,
// for which people look for their telephone and an app.
const (
	ceremonyLife = 5 * time.Minute
	enrolLife    = 15 * time.Minute
)

// keep remembers what the second half of a ceremony needs. The id that it gives is a secret of its browser: 122 random bits.
func (s *Store) keep(ctx context.Context, db pg.DB, kind string, user int64, data []byte, life time.Duration) (string, error) {
	now := s.now()
	args := pgx.NamedArgs{"kind": kind, "user": user, "data": data, "now": now, "end": now.Add(life)}
	if _, err := db.Exec(ctx, `delete from ceremonies where expires_at < @now`, args); err != nil {
		return "", fmt.Errorf("forget old ceremonies: %w", err)
	}
	var id string
	err := db.QueryRow(ctx, `
		insert into ceremonies (kind, user_id, data, expires_at) values (@kind, nullif(@user, 0), @data, @end) returning id::text`, args).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("keep a ceremony: %w", err)
	}
	return id, nil
}

// take uses a ceremony up and gives what was kept; user 0: one of nobody yet.
func (s *Store) take(ctx context.Context, db pg.DB, kind, id string, user int64) ([]byte, error) {
	var data []byte
	err := db.QueryRow(ctx, `
		delete from ceremonies where id::text = @id and kind = @kind and coalesce(user_id, 0) = @user and expires_at > @now returning data`,
		pgx.NamedArgs{"id": storable(id), "kind": kind, "user": user, "now": s.now()}).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, tooLate()
	}
	if err != nil {
		return nil, fmt.Errorf("read a ceremony: %w", err)
	}
	return data, nil
}

// look reads a ceremony, and whose it is, and leaves it: a slip of the finger must not cost it.
func (s *Store) look(ctx context.Context, kind, id string) (data []byte, user int64, err error) {
	err = s.db.QueryRow(ctx, `
		select data, coalesce(user_id, 0) from ceremonies where id::text = @id and kind = @kind and expires_at > @now`,
		pgx.NamedArgs{"id": storable(id), "kind": kind, "now": s.now()}).Scan(&data, &user)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, 0, tooLate()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read a ceremony: %w", err)
	}
	return data, user, nil
}

func tooLate() error {
	return problem.New(problem.Invalid, "That took too long: try again from the start.").
		With(problem.Fault{Path: "body.ceremony", Code: "ended", Message: "it has ended, or was used already"})
}
