package license

import (
	"context"
	"errors"
	"time"
)

// Signed is the licence of LICENSE_MODE jwt.
type Signed struct {
	grant *Grant // nil: evaluation
	now   func() time.Time
}

// NewSigned verifies a token with a public key; without a token it is an evaluation. Its error is the start-up failure.
func NewSigned(token, publicKey string, now func() time.Time) (*Signed, error) {
	if now == nil {
		now = time.Now
	}
	if token == "" {
		return &Signed{now: now}, nil
	}
	if publicKey == "" {
		return nil, failure(errors.New("LICENSE_TOKEN is set and LICENSE_PUBLIC_KEY is not"), "set LICENSE_PUBLIC_KEY to the key that came with the licence")
	}
	key, err := ParsePublicKey(publicKey)
	if err != nil {
		return nil, failure(err, "set LICENSE_PUBLIC_KEY to the key that came with the licence")
	}
	grant, err := Verify(token, key)
	if err != nil {
		return nil, failure(err, "set LICENSE_TOKEN to the whole token of the licence, and LICENSE_PUBLIC_KEY to the key that came with it")
	}
	return &Signed{grant: &grant, now: now}, nil
}

// warnBefore is how long before its end a licence is spoken of.
const warnBefore = 30 * 24 * time.Hour

// State implements runtime/app's Licence.
func (s *Signed) State() State {
	now := s.now()
	if s.grant == nil {
		return State{Mode: "jwt", Standing: Evaluation, Seats: EvaluationSeats, Warning: "No licence is set: for evaluation and development, by up to 3 people."}
	}
	state := State{Mode: "jwt", Standing: Valid, Customer: s.grant.Customer, Seats: s.grant.Seats, Expires: s.grant.Expires, Checked: now}
	switch left := s.grant.Expires.Sub(now); {
	case left > warnBefore:
	case left > 0:
		state.Warning = "The licence ends on " + day(s.grant.Expires) + ": ask for the next one, and set it as LICENSE_TOKEN."
	case left > -GraceExpired:
		state.Standing, state.GraceUntil = Grace, s.grant.Expires.Add(GraceExpired)
		state.Warning = "The licence ended on " + day(s.grant.Expires) + ": from " + day(state.GraceUntil) + " on nothing can be changed until LICENSE_TOKEN holds the next one."
	default:
		state.Standing = Over
		state.Warning = "The licence ended on " + day(s.grant.Expires) + ": everything can be read, nothing changed, until LICENSE_TOKEN holds the next one."
	}
	return state
}

// Run implements runtime/app's Licence: there is nothing to renew.
func (s *Signed) Run(ctx context.Context) { <-ctx.Done() }

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
