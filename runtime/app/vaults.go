package app

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/internal/platform/secret"
)

// vaults are all places where sealed values lie.
func vaults(pool *pgxpool.Pool) []seal.Vault {
	return []seal.Vault{mail.Vault{DB: pool}, poll.Vault{DB: pool}, account.Vault{DB: pool}}
}

// Reseal seals everything anew under ENCRYPTION_KEY, and tells of each vault when it is done.
func Reseal(ctx context.Context, pool *pgxpool.Pool, c config.Config, tell func(name string, t seal.Tally)) error {
	if err := secret.NeedEncryptionKey(c.EncryptionKey); err != nil {
		return err
	}
	sealer, err := newSealer(c)
	if err != nil {
		return err
	}
	for _, v := range vaults(pool) {
		t, err := v.Reseal(ctx, sealer)
		if err != nil {
			return fmt.Errorf("%s: %w", v.Name(), err)
		}
		tell(v.Name(), t)
	}
	return nil
}
