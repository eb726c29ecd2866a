package account

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Settings are what admins decide for everyone.
type Settings struct {
	// Domains whose people may register by themselves, as viewers.
	Domains []string `json:"registration_domains"`
	// RequireSecondFactor lets a person without a passkey or one-time codes do nothing but set one up.
	RequireSecondFactor bool `json:"require_second_factor"`
}

// Settings reads them.
func (s *Store) Settings(ctx context.Context) (Settings, error) { return readSettings(ctx, s.db) }

func readSettings(ctx context.Context, db pg.DB) (Settings, error) {
	var out Settings
	err := db.QueryRow(ctx, `select registration_domains, require_second_factor from account_settings`).
		Scan(&out.Domains, &out.RequireSecondFactor)
	if err != nil {
		return Settings{}, fmt.Errorf("read the account settings: %w", err)
	}
	return out, nil
}

// SaveSettings replaces them.
func (s *Store) SaveSettings(ctx context.Context, in Settings) (Settings, error) {
	domains := []string{}
	for _, d := range in.Domains {
		d = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@"))
		if d == "" || len(d) > 253 || !strings.Contains(d, ".") || strings.ContainsAny(d, "@ /\\:*\x00") || net.ParseIP(d) != nil {
			return Settings{}, problem.New(problem.Invalid, "The settings cannot be saved like this.").
				With(problem.Fault{Path: "body.registration_domains", Code: "domain", Message: fmt.Sprintf("%q is no mail domain such as example.org", d)})
		}
		domains = append(domains, d)
	}
	slices.Sort(domains)
	in.Domains = slices.Compact(domains)
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		before, err := readSettings(ctx, tx)
		if err != nil {
			return err
		}
		// Whoever asks it of all must have one, or nobody might be left who can take it back.
		if id := access.CallerOf(ctx).PersonID; in.RequireSecondFactor && !before.RequireSecondFactor && id != 0 {
			asking, err := person(ctx, tx, id)
			if err != nil {
				return err
			}
			if !asking.SecondFactor {
				return problem.New(problem.Conflict, "Set up a passkey or one-time codes of your own first: else you could do nothing any more.")
			}
		}
		_, err = tx.Exec(ctx, `
			update account_settings set registration_domains = @domains, require_second_factor = @second, updated_at = now()`,
			pgx.NamedArgs{"domains": in.Domains, "second": in.RequireSecondFactor})
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "settings.update", Subject: "settings", ID: "account", Before: before, After: in})
	})
	if err != nil {
		return Settings{}, fmt.Errorf("save the account settings: %w", err)
	}
	return in, nil
}
