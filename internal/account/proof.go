package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Proof is what a person proves anew with who they are: the password, a code, or both, as Factors.Proofs says.
type Proof struct{ Password, Code string }

// Prove notes in the caller's session that they proved anew who they are, and gives the session another cookie. It is slowed
// like sign-in; passkeys are not.
func (s *Store) Prove(ctx context.Context, in Proof) (cookie string, err error) {
	who := access.CallerOf(ctx)
	f, err := s.factors(ctx, s.db, who.PersonID)
	if err != nil {
		return "", err
	}
	if !f.Codes && (!f.Password || len(f.second()) > 0) {
		return "", problem.New(problem.Conflict, "Prove by passkey or single sign-on who you are, or sign in again.")
	}
	limits := []limit{{s.throttleKey("prove", strconv.FormatInt(who.PersonID, 10)), freeAttempts}}
	if err := s.admit(ctx, limits); err != nil {
		return "", err
	}
	if f.Password {
		if err := s.provePassword(ctx, who, in.Password); err != nil {
			return "", err
		}
	}
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		method := "password"
		if f.Codes {
			if method, err = s.spend(ctx, tx, who.PersonID, in.Code); err != nil {
				return err
			}
		}
		if err := forgive(ctx, tx, limits); err != nil {
			return err
		}
		if cookie, err = s.proved(ctx, tx, f.Codes); err != nil {
			return err
		}
		return s.notedProof(ctx, tx, who, method)
	})
	return cookie, errors.Join(err, s.notedRefusal(ctx, who, err))
}

func (s *Store) provePassword(ctx context.Context, who access.Caller, password string) error {
	var hash string
	if err := s.db.QueryRow(ctx, `select password_hash from users where id = @id`, pgx.NamedArgs{"id": who.PersonID}).Scan(&hash); err != nil {
		return fmt.Errorf("read the password: %w", err)
	}
	same, err := s.verify(ctx, password, hash)
	if err != nil || same {
		return err
	}
	err = problem.New(problem.Invalid, "That did not prove it.").
		With(problem.Fault{Path: "body.password", Code: "wrong", Message: "this is not your password"})
	return errors.Join(err, s.notedRefusal(ctx, who, err))
}

// BeginPasskeyProof starts a proof by one of the caller's passkeys.
func (s *Store) BeginPasskeyProof(ctx context.Context) (Ceremony, error) {
	if s.party == nil {
		return Ceremony{}, noPasskeys()
	}
	h, err := holderOf(ctx, s.db, access.CallerOf(ctx).PersonID)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.credentials) == 0 {
		return Ceremony{}, problem.New(problem.Conflict, "There is no passkey of yours to prove with.")
	}
	options, data, err := s.party.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin a proof by passkey: %w", err)
	}
	return s.keepChallenge(ctx, "passkey_proof", h.ID, options.Response, data)
}

// ProveByPasskey is Prove by what the browser answered.
func (s *Store) ProveByPasskey(ctx context.Context, ceremony string, answer []byte) (cookie string, err error) {
	if s.party == nil {
		return "", noPasskeys()
	}
	who := access.CallerOf(ctx)
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", refusedPasskey(err)
	}
	data, err := s.takeChallenge(ctx, "passkey_proof", ceremony, who.PersonID)
	if err != nil {
		return "", err
	}
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		h, err := holderOf(ctx, tx, who.PersonID)
		if err != nil {
			return err
		}
		used, err := s.party.ValidateLogin(h, data, parsed)
		// A counter that went back means a copied authenticator (WebAuthn, section 7.2).
		if err != nil || used.Authenticator.CloneWarning {
			return refusedPasskey(err)
		}
		if err := s.notePasskey(ctx, tx, used); err != nil {
			return err
		}
		if cookie, err = s.proved(ctx, tx, true); err != nil {
			return err
		}
		return s.notedProof(ctx, tx, who, "passkey")
	})
	return cookie, err
}

// refusedPasskey is no 401: the session lives on.
func refusedPasskey(cause error) error {
	return problem.Wrap(problem.Invalid, cause, "The passkey was not accepted.")
}

// proved notes a proof in the caller's session and replaces its cookie: whoever holds the old one has not proved anything
// (ASVS 5.0, 7.2.4).
func (s *Store) proved(ctx context.Context, tx pgx.Tx, strong bool) (cookie string, err error) {
	who := access.CallerOf(ctx)
	var generation int
	err = tx.QueryRow(ctx, `
		update sessions set proved_at = @now, strong = strong or @strong, generation = generation + 1, renewed_at = @now, last_seen_at = @now
		where id::text = @id and user_id = @user returning generation`,
		pgx.NamedArgs{"id": who.SessionID, "user": who.PersonID, "now": s.now(), "strong": strong}).Scan(&generation)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errNoSession()
	}
	if err != nil {
		return "", fmt.Errorf("note a proof: %w", err)
	}
	return s.sign(who.SessionID, who.PersonID, generation)
}

// strengthen notes that the caller has just used a factor that they set up.
func (s *Store) strengthen(ctx context.Context, tx pgx.Tx) error {
	who := access.CallerOf(ctx)
	_, err := tx.Exec(ctx, `update sessions set proved_at = @now, strong = true where id::text = @id and user_id = @user`,
		pgx.NamedArgs{"id": who.SessionID, "user": who.PersonID, "now": s.now()})
	if err != nil {
		return fmt.Errorf("note a proof: %w", err)
	}
	return nil
}

// needFresh refuses what the caller must have proved a short while ago.
func (s *Store) needFresh(ctx context.Context) error {
	var at time.Time
	err := s.db.QueryRow(ctx, `select proved_at from sessions where id::text = @id`,
		pgx.NamedArgs{"id": access.CallerOf(ctx).SessionID}).Scan(&at)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read a session: %w", err)
	}
	if s.now().Sub(at) < freshLife {
		return nil
	}
	return ProveAgain()
}

// ProveAgain is what an action is answered for which the last proof is too old, or too weak: the page asks for another.
func ProveAgain() error {
	return problem.New(problem.Forbidden, "Confirm that it is you.").
		With(problem.Fault{Path: "header.Cookie", Code: "prove_again", Message: "prove again who you are, then repeat this"})
}

func (s *Store) notedProof(ctx context.Context, tx pgx.Tx, who access.Caller, method string) error {
	return audit.Write(ctx, tx, audit.Event{
		Action: "session.prove", Subject: "person", ID: strconv.FormatInt(who.PersonID, 10), Name: who.Name, After: map[string]string{"method": method},
	})
}

// notedRefusal puts a proof that was refused on record.
func (s *Store) notedRefusal(ctx context.Context, who access.Caller, err error) error {
	if !problem.Is(err, problem.Invalid) {
		return nil
	}
	return audit.Write(ctx, s.db, audit.Event{
		Action: "session.refused", Subject: "person", ID: strconv.FormatInt(who.PersonID, 10), Name: who.Name, After: map[string]string{"method": "proof"},
	})
}
