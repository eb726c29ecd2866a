package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// One-time codes are those of RFC 6238 as every authenticator app makes them: SHA-1, six digits, thirty seconds.
const (
	codePeriod = 30
	codeDigits = otp.DigitsSix
	// codeSkew is how many steps a clock may be off either way (RFC 6238, section 5.2).
	codeSkew = 1
	// secretSize is 160 bits, as RFC 4226 asks (section 4, R6).
	secretSize = 20
)

// Codes is how a person stands with one-time codes.
type Codes struct {
	Since *time.Time // when they were set up; nil: they are not
	// Recovery is how many recovery codes are left.
	Recovery int
	// Available: this server can keep their secrets.
	Available bool
}

// NewCodes is what an authenticator app needs.
type NewCodes struct {
	Ceremony string
	Key      string // base32, to type
	URI      string // otpauth://, to tap
	QR       QR     // the URI, to scan
}

// Codes reads how the caller stands with one-time codes.
func (s *Store) Codes(ctx context.Context) (Codes, error) {
	out := Codes{Available: s.config.Seal != nil}
	err := s.db.QueryRow(ctx, `
		select (select confirmed_at from totp_secrets where user_id = @user),
		       (select count(*) from recovery_codes where user_id = @user and used_at is null)`,
		pgx.NamedArgs{"user": access.CallerOf(ctx).PersonID}).Scan(&out.Since, &out.Recovery)
	if err != nil {
		return Codes{}, fmt.Errorf("read one-time codes: %w", err)
	}
	return out, nil
}

// BeginCodes makes a secret for the caller's app. It counts, and takes the place of an older one, when a code of it is given.
func (s *Store) BeginCodes(ctx context.Context) (NewCodes, error) {
	if s.config.Seal == nil {
		return NewCodes{}, noCodes()
	}
	who := access.CallerOf(ctx)
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "ThreatWerk", AccountName: who.Mail, SecretSize: secretSize, Period: codePeriod, Digits: codeDigits})
	if err != nil {
		return NewCodes{}, fmt.Errorf("make a secret of one-time codes: %w", err)
	}
	drawn, err := drawQR(key.URL())
	if err != nil {
		return NewCodes{}, err
	}
	sealed, err := s.config.Seal.Seal([]byte(key.Secret()), codesIdentity(who.PersonID))
	if err != nil {
		return NewCodes{}, fmt.Errorf("seal a secret of one-time codes: %w", err)
	}
	id, err := s.keep(ctx, s.db, "codes", who.PersonID, sealed, enrolLife)
	return NewCodes{Ceremony: id, Key: key.Secret(), URI: key.URL(), QR: drawn}, err
}

// ConfirmCodes sets one-time codes up by the first of them, and gives recovery codes, which are never shown again.
func (s *Store) ConfirmCodes(ctx context.Context, ceremony, code string) ([]string, error) {
	if s.config.Seal == nil {
		return nil, noCodes()
	}
	who := access.CallerOf(ctx)
	sealed, user, err := s.look(ctx, "codes", ceremony)
	if err != nil {
		return nil, err
	}
	if user != who.PersonID {
		return nil, tooLate()
	}
	secret, _, err := s.config.Seal.Open(sealed, codesIdentity(user))
	if err != nil {
		return nil, err
	}
	step, same := s.stepOf(string(secret), tidyCode(code))
	if !same {
		return nil, wrongCode("The code does not fit.", "give the code that the app shows now; the clock of the device must be right")
	}
	var recovery []string
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := s.take(ctx, tx, "codes", ceremony, user); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into totp_secrets as t (user_id, secret, confirmed_at, last_step, created_at) values (@user, @secret, @now, @step, @now)
			on conflict (user_id) do update set secret = @secret, confirmed_at = @now, last_step = @step, created_at = @now`,
			pgx.NamedArgs{"user": user, "secret": sealed, "now": s.now(), "step": step})
		if err != nil {
			return fmt.Errorf("keep a secret of one-time codes: %w", err)
		}
		if recovery, err = newRecovery(ctx, tx, user); err != nil {
			return err
		}
		if err := s.strengthen(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "codes.create", Subject: "person", ID: strconv.FormatInt(user, 10), Name: who.Name})
	})
	return recovery, err
}

// RemoveCodes ends the caller's one-time codes and recovery codes.
func (s *Store) RemoveCodes(ctx context.Context) error {
	who := access.CallerOf(ctx)
	return pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"user": who.PersonID}
		tag, err := tx.Exec(ctx, `delete from totp_secrets where user_id = @user`, args)
		if err != nil {
			return fmt.Errorf("remove one-time codes: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return problem.New(problem.NotFound, "There are no one-time codes to remove.")
		}
		if _, err := tx.Exec(ctx, `delete from recovery_codes where user_id = @user`, args); err != nil {
			return fmt.Errorf("remove recovery codes: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "codes.remove", Subject: "person", ID: strconv.FormatInt(who.PersonID, 10), Name: who.Name})
	})
}

// spend accepts a code of a person: one of the app's, each step once, or a recovery code. It says which.
func (s *Store) spend(ctx context.Context, tx pgx.Tx, user int64, typed string) (string, error) {
	typed = tidyCode(typed)
	if len(typed) == recoveryLength {
		return "recovery", s.spendRecovery(ctx, tx, user, typed)
	}
	refusal := wrongCode("The code was not accepted.", "wait for the app's next code, or use a recovery code")
	var sealed []byte
	err := tx.QueryRow(ctx, `select secret from totp_secrets where user_id = @user and confirmed_at is not null`,
		pgx.NamedArgs{"user": user}).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", refusal
	}
	if err != nil {
		return "", fmt.Errorf("read a secret of one-time codes: %w", err)
	}
	if s.config.Seal == nil {
		return "", noCodes()
	}
	secret, _, err := s.config.Seal.Open(sealed, codesIdentity(user))
	if err != nil {
		return "", problem.Wrap(problem.Conflict, err, "One-time codes cannot be checked any more: use a recovery code or a passkey, and set them up anew.")
	}
	step, same := s.stepOf(string(secret), typed)
	if !same {
		return "", refusal
	}
	tag, err := tx.Exec(ctx, `update totp_secrets set last_step = @step where user_id = @user and last_step < @step`,
		pgx.NamedArgs{"user": user, "step": step})
	if err != nil {
		return "", fmt.Errorf("note the use of a one-time code: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return "", refusal // used before
	}
	return "code", nil
}

// stepOf is the time step whose code this is.
func (s *Store) stepOf(secret, code string) (step int64, same bool) {
	now := s.now().Unix() / codePeriod
	for at := now - codeSkew; at <= now+codeSkew; at++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(at), hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, same = at, true
		}
	}
	return step, same
}

// tidyCode drops what people and apps put between the characters of a code.
func tidyCode(typed string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\t", "").Replace(storable(typed)))
}

// codesIdentity binds a sealed secret to its person.
func codesIdentity(user int64) string { return "totp_secrets:" + strconv.FormatInt(user, 10) }

func noCodes() error {
	return problem.New(problem.Unavailable, "One-time codes are not available: the server has no ENCRYPTION_KEY to keep their secrets with.")
}

func wrongCode(message, help string) error {
	return problem.New(problem.Invalid, "%s", message).With(problem.Fault{Path: "body.code", Code: "wrong", Message: help})
}
