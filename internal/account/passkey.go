package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	ID         string // base64url, as browsers write it
	Name       string
	CreatedAt  time.Time
	LastUsedAt *time.Time
}

// Ceremony is what the browser is given to make or use a passkey.
type Ceremony struct {
	ID      string
	Options json.RawMessage // PublicKeyCredentialCreationOptions or ...RequestOptions, as JSON
}

// relyingParty is nil where passkeys cannot be: an address by number has no domain to bind them to.
func relyingParty(appURL string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(appURL)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return nil, nil
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "ThreatWerk", RPOrigins: []string{u.Scheme + "://" + u.Host},
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys for APP_URL: %w", err)
	}
	return party, nil
}

// CanPasskeys reports whether passkeys can be used at this address.
func (s *Store) CanPasskeys() bool { return s.party != nil }

// holder is a person as the library sees one.
type holder struct {
	Person
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(strconv.FormatInt(h.ID, 10)) }
func (h holder) WebAuthnName() string                       { return h.Mail }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

func holderOf(ctx context.Context, db pg.DB, user int64) (holder, error) {
	p, err := person(ctx, db, user)
	if err != nil {
		return holder{}, err
	}
	rows, err := db.Query(ctx, `select credential from passkeys where user_id = @user order by created_at`, pgx.NamedArgs{"user": user})
	if err != nil {
		return holder{}, fmt.Errorf("read passkeys: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[webauthn.Credential])
	if err != nil {
		return holder{}, fmt.Errorf("read passkeys: %w", err)
	}
	return holder{p, list}, nil
}

// BeginPasskey starts the making of a passkey.
func (s *Store) BeginPasskey(ctx context.Context) (Ceremony, error) {
	if s.party == nil {
		return Ceremony{}, noPasskeys()
	}
	h, err := holderOf(ctx, s.db, access.CallerOf(ctx).PersonID)
	if err != nil {
		return Ceremony{}, err
	}
	options, data, err := s.party.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin a passkey: %w", err)
	}
	return s.keepChallenge(ctx, "passkey", h.ID, options.Response, data)
}

// FinishPasskey keeps the passkey that the browser made.
func (s *Store) FinishPasskey(ctx context.Context, ceremony, name string, answer []byte) (Passkey, error) {
	if s.party == nil {
		return Passkey{}, noPasskeys()
	}
	name, bad := checkName("body.name", name)
	if err := refused("The passkey was not kept.", bad); err != nil {
		return Passkey{}, err
	}
	user := access.CallerOf(ctx).PersonID
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, badPasskey(err)
	}
	data, err := s.takeChallenge(ctx, "passkey", ceremony, user)
	if err != nil {
		return Passkey{}, err
	}
	var out Passkey
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		h, err := holderOf(ctx, tx, user)
		if err != nil {
			return err
		}
		made, err := s.party.CreateCredential(h, data, parsed)
		if err != nil {
			return badPasskey(err)
		}
		out = Passkey{ID: parsed.ID, Name: name, CreatedAt: s.now()}
		_, err = tx.Exec(ctx, `insert into passkeys (id, user_id, name, credential, created_at) values (@id, @user, @name, @credential, @now)`,
			pgx.NamedArgs{"id": made.ID, "user": user, "name": name, "credential": made, "now": out.CreatedAt})
		if pg.IsUnique(err, "") {
			return problem.New(problem.Conflict, "This passkey is registered already.")
		}
		if err != nil {
			return fmt.Errorf("keep a passkey: %w", err)
		}
		// The passkey has just verified the person.
		if err := s.strengthen(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "passkey.create", Subject: "passkey", ID: out.ID, Name: name})
	})
	return out, err
}

// BeginPasskeySignIn starts a sign-in by any passkey that the browser offers.
func (s *Store) BeginPasskeySignIn(ctx context.Context) (Ceremony, error) {
	if s.party == nil {
		return Ceremony{}, noPasskeys()
	}
	options, data, err := s.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin a sign-in by passkey: %w", err)
	}
	return s.keepChallenge(ctx, "passkey_sign_in", 0, options.Response, data)
}

// PasskeySignIn opens a session by what the browser answered.
func (s *Store) PasskeySignIn(ctx context.Context, ceremony string, answer []byte) (SignedIn, error) {
	if s.party == nil {
		return SignedIn{}, noPasskeys()
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return SignedIn{}, badPasskey(err)
	}
	data, err := s.takeChallenge(ctx, "passkey_sign_in", ceremony, 0)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var h holder
		used, err := s.party.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
			id, err := strconv.ParseInt(string(handle), 10, 64)
			if err != nil {
				return nil, err
			}
			h, err = holderOf(ctx, tx, id)
			return h, err
		}, data, parsed)
		// A counter that went back means a copied authenticator (WebAuthn, section 7.2).
		if err != nil || used.Authenticator.CloneWarning || h.Status != "active" {
			return badPasskey(err)
		}
		if err := s.notePasskey(ctx, tx, used); err != nil {
			return err
		}
		out, err = s.open(ctx, tx, h.Person, "passkey", true)
		return err
	})
	return out, err
}

func (s *Store) notePasskey(ctx context.Context, tx pgx.Tx, used *webauthn.Credential) error {
	_, err := tx.Exec(ctx, `update passkeys set credential = @credential, last_used_at = @now where id = @id`,
		pgx.NamedArgs{"id": used.ID, "credential": used, "now": s.now()})
	if err != nil {
		return fmt.Errorf("note the use of a passkey: %w", err)
	}
	return nil
}

// Passkeys lists a person's passkeys.
func (s *Store) Passkeys(ctx context.Context, user int64) ([]Passkey, error) {
	rows, err := s.db.Query(ctx, `
		select rtrim(translate(encode(id, 'base64'), E'+/\n', '-_'), '='), name, created_at, last_used_at
		from passkeys where user_id = @user order by created_at, id limit 100`, pgx.NamedArgs{"user": user})
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Passkey])
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return list, nil
}

// RemovePasskey removes one of a person's passkeys. One who has no password keeps the last.
func (s *Store) RemovePasskey(ctx context.Context, user int64, id string) error {
	return pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var name string
		err := tx.QueryRow(ctx, `
			delete from passkeys where user_id = @user and rtrim(translate(encode(id, 'base64'), E'+/\n', '-_'), '=') = @id
			returning name`, pgx.NamedArgs{"user": user, "id": strings.TrimRight(id, "=")}).Scan(&name)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.NotFound, "there is no such passkey")
		}
		if err != nil {
			return fmt.Errorf("remove a passkey: %w", err)
		}
		left, err := holderOf(ctx, tx, user)
		if err != nil {
			return err
		}
		if len(left.credentials) == 0 && !left.HasPassword {
			return problem.New(problem.Conflict, "This passkey is the only way to sign in: set a password first.")
		}
		return audit.Write(ctx, tx, audit.Event{Action: "passkey.remove", Subject: "passkey", ID: id, Name: name})
	})
}

func (s *Store) keepChallenge(ctx context.Context, kind string, user int64, options any, data *webauthn.SessionData) (Ceremony, error) {
	given, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("write a challenge: %w", err)
	}
	kept, err := json.Marshal(data)
	if err != nil {
		return Ceremony{}, fmt.Errorf("keep a challenge: %w", err)
	}
	id, err := s.keep(ctx, s.db, kind, user, kept, ceremonyLife)
	return Ceremony{ID: id, Options: given}, err
}

// takeChallenge uses a challenge up: it serves once, whatever comes of it.
func (s *Store) takeChallenge(ctx context.Context, kind, id string, user int64) (webauthn.SessionData, error) {
	var data webauthn.SessionData
	// Before the transaction that uses it: a refused answer must not give the challenge back.
	raw, err := s.take(ctx, s.db, kind, id, user)
	if err != nil {
		return data, err
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		return data, fmt.Errorf("read a challenge: %w", err)
	}
	return data, nil
}

func noPasskeys() error {
	return problem.New(problem.Unavailable, "Passkeys need an address with a name: set APP_URL to one that is no IP address.")
}

func badPasskey(cause error) error {
	return problem.Wrap(problem.Unauthenticated, cause, "The passkey was not accepted.")
}
