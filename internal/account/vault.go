package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// Vault holds the sealed secrets of one-time codes.
type Vault struct{ DB pg.DB }

var _ seal.Vault = Vault{}

// resealAtOnce is how many secrets are opened and sealed in one step.
const resealAtOnce = 500

// Name implements seal.Vault.
func (Vault) Name() string { return "secrets of one-time codes" }

// Reseal implements seal.Vault.
func (v Vault) Reseal(ctx context.Context, s *seal.Sealer) (seal.Tally, error) {
	var total seal.Tally
	last := ""
	for {
		// In the order of the key as text: it only has to be an order.
		rows, err := v.DB.Query(ctx, `
			select user_id::text as key, 'totp_secrets:' || user_id as identity, secret as sealed from totp_secrets
			where user_id::text collate "C" > @last and substring(secret from 2 for 8) <> @key
			order by user_id::text collate "C" limit @limit`, pgx.NamedArgs{"last": last, "key": s.KeyID(), "limit": resealAtOnce})
		if err != nil {
			return total, fmt.Errorf("read secrets of one-time codes: %w", err)
		}
		values, err := pgx.CollectRows(rows, pgx.RowToStructByName[seal.Value])
		if err != nil {
			return total, fmt.Errorf("read secrets of one-time codes: %w", err)
		}
		if len(values) == 0 {
			return total, nil
		}
		keys, before, after, t := s.Batch(values)
		_, err = v.DB.Exec(ctx, `
			update totp_secrets t set secret = n.after
			from unnest(@keys::text[], @before::bytea[], @after::bytea[]) as n(id, before, after)
			where t.user_id = n.id::bigint and t.secret = n.before`, pgx.NamedArgs{"keys": keys, "before": before, "after": after})
		if err != nil {
			return total, fmt.Errorf("write secrets of one-time codes sealed anew: %w", err)
		}
		total.Resealed += t.Resealed
		total.Unreadable += t.Unreadable
		last = values[len(values)-1].Key
	}
}
