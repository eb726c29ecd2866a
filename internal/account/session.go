package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// How long things last.
const (
	// cookieLife is how long a cookie serves before it is replaced.
	cookieLife = 10 * time.Minute
	// cookieGrace is how long one that was replaced still serves, for requests that were under way.
	cookieGrace = time.Minute
	// idleLife ends a session that nobody uses; sessionLife ends any.
	idleLife    = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour
	// freshLife is how long a proof serves for dangerous actions.
	freshLife = 15 * time.Minute
	// seenEvery is how exact "last seen" is: it costs a write.
	seenEvery = time.Minute
)

// claims are a session's cookie: RFC 7519, HS256.
type claims struct {
	jwt.RegisteredClaims
	Generation int `json:"gen"`
}

var signing = jwt.SigningMethodHS256

func (s *Store) sign(session string, user int64, generation int) (string, error) {
	now := s.now()
	token, err := jwt.NewWithClaims(signing, claims{jwt.RegisteredClaims{
		ID: session, Subject: strconv.FormatInt(user, 10), Audience: jwt.ClaimStrings{"session"},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(cookieLife)),
	}, generation}).SignedString(s.keys.session)
	if err != nil {
		return "", fmt.Errorf("sign a session: %w", err)
	}
	return token, nil
}

// parse reads a token of ours; one that is out of date is given back with expired set.
func (s *Store) parse(text, audience string, key []byte, into jwt.Claims) (expired bool, err error) {
	_, err = jwt.ParseWithClaims(text, into, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{signing.Alg()}), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	if errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenInvalidAudience) {
		return true, nil
	}
	return false, err
}

// SignedIn is a new session, or one whose cookie was replaced.
type SignedIn struct {
	Person Person
	Cookie string // the session's cookie
	Device string // names the browser as one that the person used before; empty: leave as it is
	// Step is set in place of a cookie when a second factor is asked for: hand it back with the code.
	Step string
	// Second are the ways that the second step may go: code, passkey.
	Second []string
}

// open starts a session.
func (s *Store) open(ctx context.Context, tx pgx.Tx, p Person, method string, strong bool) (SignedIn, error) {
	origin, now := access.OriginOf(ctx), s.now()
	// Sessions that are over go when the next one comes.
	if _, err := tx.Exec(ctx, `delete from sessions where expires_at < @now or last_seen_at < @idle`,
		pgx.NamedArgs{"now": now, "idle": now.Add(-idleLife)}); err != nil {
		return SignedIn{}, fmt.Errorf("remove old sessions: %w", err)
	}
	var id string
	err := tx.QueryRow(ctx, `
		insert into sessions (user_id, method, strong, address, agent, created_at, proved_at, renewed_at, last_seen_at, expires_at)
		values (@user, @method, @strong, @address, @agent, @now, @now, @now, @now, @end) returning id::text`,
		pgx.NamedArgs{
			"user": p.ID, "method": method, "strong": strong, "address": origin.Address, "agent": origin.Agent,
			"now": now, "end": now.Add(sessionLife),
		}).Scan(&id)
	if err != nil {
		return SignedIn{}, fmt.Errorf("open a session: %w", err)
	}
	cookie, err := s.sign(id, p.ID, 1)
	if err != nil {
		return SignedIn{}, err
	}
	device, err := s.device(ctx, tx, p.ID)
	if err != nil {
		return SignedIn{}, err
	}
	err = audit.Write(ctx, tx, audit.Event{
		Action: "session.open", Subject: "person", ID: strconv.FormatInt(p.ID, 10), Name: p.Name, Actor: p.caller(),
		After: map[string]any{"method": method, "strong": strong},
	})
	return SignedIn{Person: p, Cookie: cookie, Device: device}, err
}

// errNoSession is what any cookie is answered that does not serve.
func errNoSession() error {
	return problem.New(problem.Unauthenticated, "The session has ended; sign in again.")
}

// Authenticate finds who a cookie belongs to. Renewed is the cookie to use from now on, or empty.
func (s *Store) Authenticate(ctx context.Context, cookie string) (who Identity, renewed string, err error) {
	var c claims
	expired, err := s.parse(cookie, "session", s.keys.session, &c)
	if err != nil {
		return Identity{}, "", errNoSession()
	}
	var status, method string
	var generation int
	var proved, renewedAt, seen, end time.Time
	var r rightsScan
	var demanded, has bool
	err = s.db.QueryRow(ctx, `
		select u.id, u.name, u.email, u.status, s.id::text, s.generation, s.method, s.strong, s.proved_at, s.renewed_at, s.last_seen_at, s.expires_at,
		       (select require_second_factor from account_settings),
		       exists (select from passkeys p where p.user_id = u.id)
		           or exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null),
		       `+rightsColumns+`
		from sessions s join users u on u.id = s.user_id
		where s.id = @id::uuid`, pgx.NamedArgs{"id": c.ID}).Scan(append([]any{
		&who.PersonID, &who.Name, &who.Mail, &status, &who.SessionID, &generation, &method, &who.Strong, &proved, &renewedAt, &seen, &end,
		&demanded, &has,
	}, r.into()...)...)
	now := s.now()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Identity{}, "", errNoSession()
	case err != nil:
		return Identity{}, "", fmt.Errorf("read a session: %w", err)
	case status != "active" || !now.Before(end) || now.Sub(seen) > idleLife:
		return Identity{}, "", errNoSession()
	case c.Generation < generation-1, c.Generation < generation && now.Sub(renewedAt) > cookieGrace:
		return Identity{}, "", s.stolen(ctx, who, c.Generation, generation)
	}
	who.rights = r.rights()
	who.Role, who.Due, who.Fresh = r.base, demanded && !has, now.Sub(proved) < freshLife
	// Whoever holds the database may come in without: that is for when the second factor is lost.
	who.Weak = demanded && has && !who.Strong && method != "link"
	if expired && c.Generation == generation {
		renewed, err = s.renew(ctx, who, generation)
	} else if now.Sub(seen) > seenEvery {
		err = s.see(ctx, who)
	}
	return who, renewed, err
}

// renew replaces the cookie. Of several requests at once one does so; the others' cookie is within its grace.
func (s *Store) renew(ctx context.Context, who Identity, generation int) (string, error) {
	tag, err := s.db.Exec(ctx, `
		update sessions set generation = generation + 1, renewed_at = @now, last_seen_at = @now, address = @address, agent = @agent
		where id = @id::uuid and generation = @generation`, pgx.NamedArgs{
		"id": who.SessionID, "generation": generation, "now": s.now(),
		"address": access.OriginOf(ctx).Address, "agent": access.OriginOf(ctx).Agent,
	})
	if err != nil {
		return "", fmt.Errorf("renew a session: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return "", nil
	}
	return s.sign(who.SessionID, who.PersonID, generation+1)
}

func (s *Store) see(ctx context.Context, who Identity) error {
	args := pgx.NamedArgs{"id": who.SessionID, "user": who.PersonID, "now": s.now()}
	if _, err := s.db.Exec(ctx, `
		with session as (update sessions set last_seen_at = @now where id = @id::uuid)
		update users set last_seen_at = @now where id = @user`, args); err != nil {
		return fmt.Errorf("note the use of a session: %w", err)
	}
	return nil
}

// stolen ends a session of which two cookies are in use: only one of them can be the person's.
func (s *Store) stolen(ctx context.Context, who Identity, used, current int) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `delete from sessions where id = @id::uuid`, pgx.NamedArgs{"id": who.SessionID}); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "session.replayed", Subject: "person", ID: strconv.FormatInt(who.PersonID, 10), Name: who.Name,
			After: map[string]any{"generation_used": used, "generation": current},
		})
	})
	if err != nil {
		return fmt.Errorf("end a replayed session: %w", err)
	}
	return errNoSession()
}
