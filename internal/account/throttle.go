package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Attempts are counted three ways, before the password is looked at, so that many at once do not slip through:
//   - per account and browser, where the browser signed in to the account before (a signed cookie says so);
//   - else per account and address, and per account over all unknown browsers together;
//   - per address, over all accounts.
//
// An attacker can exhaust the second and third. The person is then still let in from any browser that they used before, by
// passkey, by single sign-on and by a reset link, none of which those counts touch. Counts are kept by mail address, known or
// not, so that they do not tell which accounts exist.
const (
	freeAttempts    = 5
	accountAttempts = 50
	addressAttempts = 100
	firstDelay      = 2 * time.Second
	longestDelay    = 15 * time.Minute
	forgetThrottle  = 24 * time.Hour
	deviceLife      = 180 * 24 * time.Hour
)

// limit is one count and how many failures it allows before it delays.
type limit struct {
	key  []byte
	free int
}

func (s *Store) limits(mail, device string, origin access.Origin) []limit {
	mail = strings.ToLower(mail)
	perAddress := limit{s.throttleKey("address", network(origin.Address)), addressAttempts}
	if device != "" {
		return []limit{{s.throttleKey("device", mail, device), freeAttempts}}
	}
	return []limit{
		{s.throttleKey("pair", mail, network(origin.Address)), freeAttempts},
		{s.throttleKey("account", mail), accountAttempts},
		perAddress,
	}
}

func (s *Store) throttleKey(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.keys.throttle)
	for _, p := range parts {
		mac.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return mac.Sum(nil)[:16]
}

// network is what one attacker surely has many addresses of: a /64 of IPv6.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() || a.Is4In6() {
		return address
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// admit counts an attempt, and refuses it without counting when too many went before: the end of a delay must not move
// away while an attacker knocks. A success takes the attempt back by forgive.
func (s *Store) admit(ctx context.Context, limits []limit) error {
	now := s.now()
	for _, l := range limits {
		args := pgx.NamedArgs{
			"key": l.key, "now": now, "forget": now.Add(-forgetThrottle), "free": l.free,
			"first": firstDelay.Seconds(), "longest": longestDelay.Seconds(),
		}
		var failures int
		err := s.db.QueryRow(ctx, `
			insert into throttles as t (key, failures, last_at) values (@key, 1, @now)
			on conflict (key) do update
			set failures = case when t.last_at < @forget then 1 else t.failures + 1 end, last_at = @now
			where t.failures < @free
			   or t.last_at <= @now - least(@longest::float8, @first::float8 * power(2, least(t.failures - @free, 20))) * interval '1 second'
			returning failures`, args).Scan(&failures)
		if err == nil {
			continue
		}
		var last time.Time
		if errors.Is(err, pgx.ErrNoRows) {
			err = s.db.QueryRow(ctx, `select failures, last_at from throttles where key = @key`, args).Scan(&failures, &last)
		}
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("count an attempt: %w", err)
		}
		return tooMany(last.Add(delay(failures - l.free)).Sub(now))
	}
	return nil
}

// delay doubles with each failure beyond the free ones.
func delay(beyond int) time.Duration {
	if beyond > 20 {
		return longestDelay
	}
	return min(longestDelay, firstDelay<<max(beyond, 0))
}

func tooMany(wait time.Duration) error {
	seconds := max(1, int(wait.Round(time.Second).Seconds()))
	return problem.New(problem.RateLimited, "Too many attempts; try again in %d seconds, use a passkey or a browser in which you signed in before, or reset the password.", seconds).
		After(time.Duration(seconds) * time.Second)
}

// forgive ends the counts of what succeeded; those that others share lose the one attempt alone.
func forgive(ctx context.Context, db pg.DB, limits []limit) error {
	for i, l := range limits {
		sql := `update throttles set failures = greatest(failures - 1, 0) where key = @key`
		if i == 0 {
			sql = `delete from throttles where key = @key`
		}
		if _, err := db.Exec(ctx, sql, pgx.NamedArgs{"key": l.key}); err != nil {
			return fmt.Errorf("forget attempts: %w", err)
		}
	}
	return nil
}

// ForgetThrottles removes counts that serve no more; called now and then.
func (s *Store) ForgetThrottles(ctx context.Context) error {
	if _, err := s.db.Exec(ctx, `delete from throttles where last_at < @old`, pgx.NamedArgs{"old": s.now().Add(-forgetThrottle)}); err != nil {
		return fmt.Errorf("forget attempts: %w", err)
	}
	return nil
}

// deviceClaims are the cookie of a browser that a person signed in with.
type deviceClaims struct {
	jwt.RegisteredClaims
	Stamp int `json:"stamp"`
}

func (s *Store) device(ctx context.Context, db pg.DB, user int64) (string, error) {
	var stamp int
	if err := db.QueryRow(ctx, `select stamp from users where id = @id`, pgx.NamedArgs{"id": user}).Scan(&stamp); err != nil {
		return "", fmt.Errorf("read person %d: %w", user, err)
	}
	now := s.now()
	token, err := jwt.NewWithClaims(signing, deviceClaims{jwt.RegisteredClaims{
		ID: randomText(12), Subject: strconv.FormatInt(user, 10), Audience: jwt.ClaimStrings{"device"},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(deviceLife)),
	}, stamp}).SignedString(s.keys.device)
	if err != nil {
		return "", fmt.Errorf("sign a device: %w", err)
	}
	return token, nil
}

// knownDevice is the id of a browser that the person signed in with since their password last changed; else empty.
func (s *Store) knownDevice(token string, user int64, stamp int) string {
	var c deviceClaims
	if token == "" {
		return ""
	}
	if expired, err := s.parse(token, "device", s.keys.device, &c); err != nil || expired {
		return ""
	}
	if c.Subject != strconv.FormatInt(user, 10) || c.Stamp != stamp {
		return ""
	}
	return c.ID
}
