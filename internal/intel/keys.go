package intel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// SealedKey is a service's API key as it is stored.
type SealedKey struct {
	Feed      string
	Sealed    []byte
	Hint      string // its last characters
	UpdatedAt time.Time
	TestedAt  *time.Time // nil: the service could not be asked
}

// Keys lists the stored keys.
func (s *Store) Keys(ctx context.Context) ([]SealedKey, error) {
	rows, err := s.db.Query(ctx, `select feed, sealed, hint, updated_at, tested_at from feed_keys order by feed`)
	if err != nil {
		return nil, fmt.Errorf("read the feeds' keys: %w", pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[SealedKey])
	if err != nil {
		return nil, fmt.Errorf("read the feeds' keys: %w", pg.Problem(err))
	}
	return list, nil
}

// PutKey stores a key in place of the one before. A feed that failed or was never polled for want of a key is due.
func (s *Store) PutKey(ctx context.Context, k SealedKey) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into feed_keys (feed, sealed, hint, updated_at, tested_at) values (@feed, @sealed, @hint, @updated, @tested)
			on conflict (feed) do update set sealed = excluded.sealed, hint = excluded.hint, updated_at = excluded.updated_at,
				tested_at = excluded.tested_at`,
			pgx.NamedArgs{"feed": k.Feed, "sealed": k.Sealed, "hint": k.Hint, "updated": k.UpdatedAt, "tested": k.TestedAt})
		if err != nil {
			return fmt.Errorf("store the key of feed %s: %w", k.Feed, err)
		}
		_, err = tx.Exec(ctx, `update feeds set claimed_at = null where feed = @feed and (failures > 0 or last_success_at is null)`,
			pgx.NamedArgs{"feed": k.Feed})
		if err != nil {
			return fmt.Errorf("make feed %s due: %w", k.Feed, err)
		}
		return nil
	})
	return pg.Problem(err)
}

// DropKey forgets a key.
func (s *Store) DropKey(ctx context.Context, feed string) error {
	_, err := s.db.Exec(ctx, `delete from feed_keys where feed = @feed`, pgx.NamedArgs{"feed": feed})
	if err != nil {
		return fmt.Errorf("forget the key of feed %s: %w", feed, pg.Problem(err))
	}
	return nil
}
