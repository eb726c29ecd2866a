package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// Factors are what a person can prove with who they are.
type Factors struct {
	Password, Codes, Passkeys, SignOn bool
	// Demanded: the settings ask everyone for a second factor.
	Demanded bool
}

// second are the ways of a second step; none: a first factor alone lets in. Whoever set codes up wants to be asked for them;
// whoever has passkeys alone is, where the settings ask everyone.
func (f Factors) second() []string {
	var ways []string
	if f.Codes {
		ways = append(ways, "code")
	}
	if f.Passkeys && (f.Codes || f.Demanded) {
		ways = append(ways, "passkey")
	}
	return ways
}

// Proofs are the ways to prove anew who one is: password (with a code where there are codes), code (alone), passkey, oidc.
func (f Factors) Proofs() []string {
	ways := []string{}
	switch second := f.second(); {
	case f.Password && (f.Codes || len(second) == 0):
		ways = append(ways, "password")
	case f.Codes:
		ways = append(ways, "code")
	}
	if f.Passkeys {
		ways = append(ways, "passkey")
	}
	if f.SignOn {
		ways = append(ways, "oidc")
	}
	return ways
}

// Factors reads what a person can prove with.
func (s *Store) Factors(ctx context.Context, user int64) (Factors, error) {
	return s.factors(ctx, s.db, user)
}

func (s *Store) factors(ctx context.Context, db pg.DB, user int64) (Factors, error) {
	var f Factors
	issuer := ""
	if s.config.SignOn != nil {
		issuer = s.config.SignOn.Issuer()
	}
	err := db.QueryRow(ctx, `
		select u.password_hash <> '',
		       exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null),
		       exists (select from passkeys p where p.user_id = u.id),
		       exists (select from identities i where i.user_id = u.id and i.issuer = @issuer),
		       (select require_second_factor from account_settings)
		from users u where u.id = @id`, pgx.NamedArgs{"id": user, "issuer": issuer}).Scan(&f.Password, &f.Codes, &f.Passkeys, &f.SignOn, &f.Demanded)
	if err != nil {
		return Factors{}, fmt.Errorf("read the factors of person %d: %w", user, err)
	}
	f.Passkeys = f.Passkeys && s.party != nil
	return f, nil
}
