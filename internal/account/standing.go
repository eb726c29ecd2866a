package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Standing says which products each of these callers may see now. One whose session or token has ended or no longer
// reads, or whose account is closed or lacks a second factor that is asked for, is missing. It is no use of a session: an
// open page does not keep its person signed in.
func (s *Store) Standing(ctx context.Context, callers []access.Caller) (map[access.Caller]access.Scope, error) {
	var sessions []string
	var tokens []int64
	bySession, byToken := map[string][]access.Caller{}, map[int64][]access.Caller{}
	for _, c := range callers {
		if c.TokenID != 0 {
			tokens = append(tokens, c.TokenID)
			byToken[c.TokenID] = append(byToken[c.TokenID], c)
		} else if c.SessionID != "" {
			sessions = append(sessions, c.SessionID)
			bySession[c.SessionID] = append(bySession[c.SessionID], c)
		}
	}
	now := s.now()
	rows, err := s.db.Query(ctx, `
		select s.id::text, 0::bigint, array[]::text[], null::bigint[],
		       (select require_second_factor from account_settings)
		           and not exists (select from passkeys p where p.user_id = u.id)
		           and not exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null),
		       `+rightsColumns+`
		from sessions s join users u on u.id = s.user_id
		where s.id = any(@sessions::uuid[]) and u.status = 'active' and s.expires_at > @now and s.last_seen_at >= @idle
		union all
		select '', t.id, t.scopes, t.product_ids, false, `+rightsColumns+`
		from api_tokens t join users u on u.id = t.user_id
		where t.id = any(@tokens::bigint[]) and u.status = 'active' and t.revoked_at is null and t.expires_at > @now`,
		pgx.NamedArgs{"sessions": sessions, "tokens": tokens, "now": now, "idle": now.Add(-idleLife)})
	if err != nil {
		return nil, fmt.Errorf("read who stands: %w", err)
	}
	out := make(map[access.Caller]access.Scope, len(callers))
	var r rightsScan
	var who Identity
	var session string
	var token int64
	_, err = pgx.ForEachRow(rows, append([]any{&session, &token, &who.Scopes, &who.limits, &who.Due}, r.into()...), func() error {
		who.rights, who.Role = r.rights(), r.base
		if who.Due || token != 0 && !slices.Contains(who.Scopes, ScopeRead) && !slices.Contains(who.Scopes, ScopeWrite) {
			return nil
		}
		see := who.Grant(access.Viewer).See
		for _, c := range append(bySession[session], byToken[token]...) {
			out[c] = see
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read who stands: %w", err)
	}
	return out, nil
}
