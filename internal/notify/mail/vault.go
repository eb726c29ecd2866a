package mail

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// Vault is the sealed part of the outbox.
type Vault struct{ DB pg.DB }

var _ seal.Vault = Vault{}

// resealAtOnce is how many mails are opened and sealed in one step.
const resealAtOnce = 200

// Name implements seal.Vault.
func (Vault) Name() string { return "mail that is waiting" }

// Reseal implements seal.Vault.
func (v Vault) Reseal(ctx context.Context, s *seal.Sealer) (seal.Tally, error) {
	var total seal.Tally
	last := ""
	for {
		rows, err := v.DB.Query(ctx, `
			select id as key, 'mail_outbox:' || id as identity, sealed from mail_outbox
			where id > @last and sealed is not null and substring(sealed from 2 for 8) <> @key
			order by id limit @limit`, pgx.NamedArgs{"last": last, "key": s.KeyID(), "limit": resealAtOnce})
		if err != nil {
			return total, fmt.Errorf("read sealed mail: %w", err)
		}
		values, err := pgx.CollectRows(rows, pgx.RowToStructByName[seal.Value])
		if err != nil {
			return total, fmt.Errorf("read sealed mail: %w", err)
		}
		if len(values) == 0 {
			return total, nil
		}
		keys, before, after, t := s.Batch(values)
		_, err = v.DB.Exec(ctx, `
			update mail_outbox m set sealed = n.after
			from unnest(@keys::text[], @before::bytea[], @after::bytea[]) as n(id, before, after)
			where m.id = n.id and m.sealed = n.before`, pgx.NamedArgs{"keys": keys, "before": before, "after": after})
		if err != nil {
			return total, fmt.Errorf("write mail sealed anew: %w", err)
		}
		total.Resealed += t.Resealed
		total.Unreadable += t.Unreadable
		last = values[len(values)-1].Key
	}
}
