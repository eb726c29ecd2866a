package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// SignOn is a provider of single sign-on, see internal/account/signon.
type SignOn interface {
	Name() string
	Issuer() string
	// Begin is the address at which the provider asks the person.
	Begin(ctx context.Context, r SignOnRequest) (string, error)
	// Finish turns the provider's answer into what it says of the person, all of it verified.
	Finish(ctx context.Context, answer SignOnAnswer, r SignOnRequest) (Claims, error)
}

// ErrSignOnUnreachable says that the provider did not answer.
var ErrSignOnUnreachable = errors.New("the provider of single sign-on does not answer")

// SignOnRequest binds an answer to the request that it is for.
type SignOnRequest struct {
	State, Nonce, Verifier string
	// Again: the provider must ask the person anew.
	Again bool
}

// SignOnAnswer is what the browser brings back.
type SignOnAnswer struct {
	State, Code string
	Issuer      string // RFC 9207; empty where the provider does not send it
	Error       string // in place of a code
}

// Claims are what a provider says of a person.
type Claims struct {
	Issuer, Subject, Mail, Name string
	Verified                    bool        // the provider vouches for the mail address
	Strong                      bool        // several factors were used
	Role                        access.Role // what the person's groups give; empty: nothing
	At                          time.Time   // when the person was asked; zero: unknown
}

// Purpose is what the person goes to the provider for.
type Purpose string

// The purposes.
const (
	ToSignIn Purpose = "sign_in"
	ToProve  Purpose = "prove"
	ToLink   Purpose = "link"
)

// journey is what is remembered of a person who is at the provider. It lies sealed, and state, which opens it, is kept by the
// browser's address alone: whoever reads the database can finish nobody's sign-in.
type journey struct {
	Nonce, Verifier string
	Purpose         Purpose
	To              string // where the page goes on
	User            int64  // for a proof or a link: whose
	Session         string
	Begun           time.Time
}

// Departure is where the browser goes, and what it must bring back: Ceremony goes into a cookie of the browser, which binds the way
// back to it, since anybody could send somebody else an address with a code of their own.
type Departure struct{ URL, Ceremony string }

const (
	// signOnLife is how long a person may be at the provider.
	signOnLife = 10 * time.Minute
	// askedSkew is how far the provider's clock may be behind.
	askedSkew = time.Minute
)

// SignOnName is what people call the provider; empty: there is none.
func (s *Store) SignOnName() string {
	if s.config.SignOn == nil || s.config.Seal == nil {
		return ""
	}
	return s.config.SignOn.Name()
}

// BeginSignOn sends a person to the provider. To prove or to link, the caller is that person.
func (s *Store) BeginSignOn(ctx context.Context, purpose Purpose, to string) (Departure, error) {
	if s.SignOnName() == "" {
		return Departure{}, problem.New(problem.NotFound, "There is no single sign-on here.")
	}
	who := access.CallerOf(ctx)
	j := journey{Nonce: randomText(32), Verifier: oauth2.GenerateVerifier(), Purpose: purpose, To: within(to), Begun: s.now()}
	if purpose != ToSignIn {
		j.User, j.Session = who.PersonID, who.SessionID
	}
	r := SignOnRequest{State: randomText(32), Nonce: j.Nonce, Verifier: j.Verifier, Again: purpose == ToProve}
	address, err := s.config.SignOn.Begin(ctx, r)
	if err != nil {
		return Departure{}, problem.Wrap(problem.Unavailable, err, "The sign-in service does not answer: try again, or use another way in.")
	}
	raw, err := json.Marshal(j)
	if err != nil {
		return Departure{}, fmt.Errorf("keep a sign-on: %w", err)
	}
	sealed, err := s.config.Seal.Seal(raw, journeyIdentity(r.State))
	if err != nil {
		return Departure{}, fmt.Errorf("seal a sign-on: %w", err)
	}
	id, err := s.keep(ctx, s.db, "sign_on", 0, sealed, signOnLife)
	return Departure{URL: address, Ceremony: id}, err
}

func journeyIdentity(state string) string { return "sign_on:" + state }

// Return is how a journey to the provider ended.
type Return struct {
	Purpose Purpose
	To      string
	// SignedIn has a cookie for the session that was opened or proved, or a step that is left.
	SignedIn
	// Failure is why it came to nothing, a word for the page; empty: it did not.
	Failure string
}

// The words of Return.Failure.
const (
	failDenied      = "denied"      // the person, or the provider, said no
	failFailed      = "failed"      // the answer is not one to this browser's request, or not the provider's
	failUnreachable = "unreachable" // the provider does not answer
	failUnverified  = "unverified"  // an account is there or could be, and the provider does not vouch for the address
	failNoAccount   = "no_account"  // nobody has asked this person in
	failDisabled    = "disabled"
	failTaken       = "taken"     // the address belongs to an account that is not this person's to take
	failUnclaimed   = "unclaimed" // nobody has an account yet
	failOther       = "other"     // somebody else than the person who asked
)

// refusal is a Failure on its way out of a transaction.
type refusal struct{ word string }

func (r refusal) Error() string { return "single sign-on: " + r.word }

// FinishSignOn takes the provider's answer. ceremony is the cookie's. Failures that are the person's matter, or an attacker's, are
// words of the Return; cause is for the log. The error is for what broke here.
func (s *Store) FinishSignOn(ctx context.Context, ceremony string, answer SignOnAnswer) (out Return, cause, err error) {
	out = Return{Purpose: ToSignIn, Failure: failFailed}
	if s.SignOnName() == "" {
		return out, errors.New("single sign-on is not set up"), nil
	}
	// Used up before anything is looked at: an answer serves once, whatever it is.
	sealed, err := s.take(ctx, s.db, "sign_on", ceremony, 0)
	if problem.Is(err, problem.Invalid) {
		return out, errors.New("no sign-on of this browser is under way"), nil
	}
	if err != nil {
		return out, nil, err
	}
	raw, _, err := s.config.Seal.Open(sealed, journeyIdentity(answer.State))
	if err != nil {
		return out, errors.New("the state is not that of this browser's request"), nil
	}
	var j journey
	if err := json.Unmarshal(raw, &j); err != nil {
		return out, nil, fmt.Errorf("read a sign-on: %w", err)
	}
	out.Purpose, out.To = j.Purpose, j.To
	if answer.Error != "" {
		out.Failure = failDenied
		return out, fmt.Errorf("the provider answered %q", answer.Error), nil
	}
	c, err := s.config.SignOn.Finish(ctx, answer, SignOnRequest{State: answer.State, Nonce: j.Nonce, Verifier: j.Verifier})
	if err != nil {
		if errors.Is(err, ErrSignOnUnreachable) {
			out.Failure = failUnreachable
		}
		return out, err, nil
	}
	out.Failure = ""
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var err error
		switch j.Purpose {
		case ToProve:
			out.Cookie, err = s.proveBySignOn(ctx, tx, j, c)
		case ToLink:
			err = s.linkBySignOn(ctx, tx, j, c)
		default:
			out.SignedIn, err = s.enterBySignOn(ctx, tx, c)
		}
		return err
	})
	var refused refusal
	if !errors.As(err, &refused) {
		return out, nil, err
	}
	out.SignedIn, out.Failure = SignedIn{}, refused.word
	noted := audit.Write(ctx, s.db, audit.Event{
		Action: "session.refused", Subject: "mail", ID: c.Mail, After: map[string]any{"method": "oidc", "why": refused.word, "purpose": j.Purpose},
	})
	return out, refused, noted
}

// within keeps the way onwards on this page: the address came with a request.
func within(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\x00\r\n\t") {
		return "/"
	}
	return to
}
