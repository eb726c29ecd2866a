package poll

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// Vault holds the sealed keys of the feeds.
type Vault struct{ DB pg.DB }

// Name implements seal.Vault.
func (Vault) Name() string { return "keys of the feeds" }

// Reseal implements seal.Vault. The keys are few, so they are one batch.
func (v Vault) Reseal(ctx context.Context, s *seal.Sealer) (seal.Tally, error) {
	rows, err := v.DB.Query(ctx, `
		select feed as key, 'feed_keys/' || feed as identity, sealed
		from feed_keys
		where substring(sealed from 2 for 8) <> @key`, pgx.NamedArgs{"key": s.KeyID()})
	if err != nil {
		return seal.Tally{}, fmt.Errorf("read the feeds' keys: %w", pg.Problem(err))
	}
	values, err := pgx.CollectRows(rows, pgx.RowToStructByName[seal.Value])
	if err != nil {
		return seal.Tally{}, fmt.Errorf("read the feeds' keys: %w", pg.Problem(err))
	}
	keys, before, after, t := s.Batch(values)
	_, err = v.DB.Exec(ctx, `
		update feed_keys k set sealed = n.after
		from unnest(@keys::text[], @before::bytea[], @after::bytea[]) as n (feed, before, after)
		where k.feed = n.feed and k.sealed = n.before`, pgx.NamedArgs{"keys": keys, "before": before, "after": after})
	if err != nil {
		return t, fmt.Errorf("write the feeds' keys sealed anew: %w", pg.Problem(err))
	}
	return t, nil
}
