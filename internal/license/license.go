// Package license tells what the customer has licensed: from AWS License Manager for what was bought on AWS Marketplace, or from a
// token that we signed.
//
// It is enforced kindly. Reading never stops. A licence that cannot be verified holds on for GraceKnown (GraceUnknown when it never was
// verified), one that ran out for GraceExpired, with a warning; only then is nothing changed any more. Full seats keep further
// people out, never those who are in. docs/decisions/0033-licence.md has the reasons.
package license

import (
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The graces.
const (
	GraceKnown   = 72 * time.Hour
	GraceUnknown = 2 * time.Hour
	GraceExpired = 14 * 24 * time.Hour
)

// EvaluationSeats is how many people may use the product without a licence, to develop and to try it.
const EvaluationSeats = 3

// Standing is where the licence stands.
type Standing string

// The standings.
const (
	Valid      Standing = "valid"      // verified
	Evaluation Standing = "evaluation" // none is needed for so few people
	Grace      Standing = "grace"      // not verified, or run out, and borne for a while
	Over       Standing = "over"       // reading only
)

// State is the licence at a moment.
type State struct {
	Mode     string // "aws_marketplace" or "jwt"
	Standing Standing
	Customer string
	// Seats is how many people may have an account; 0: any number.
	Seats int
	// Expires is when the licence ends; zero when it is not known or never.
	Expires time.Time
	// GraceUntil is when reading only begins, in standing Grace.
	GraceUntil time.Time
	// Checked is when it was last verified; zero when never.
	Checked time.Time
	// Warning says what administrators should do; empty when nothing.
	Warning string
}

// Writable reports whether anything may be changed.
func (s State) Writable() bool { return s.Standing != Over }

// Seat says whether one more person may have an account, when taken have one. The error is a problem of kind Conflict.
func (s State) Seat(taken int) error {
	if s.Seats <= 0 || taken < s.Seats {
		return nil
	}
	return problem.New(problem.Conflict, "All %d seats of the licence are taken: remove someone who has left, or extend the licence.", s.Seats)
}

// words is what the log says, exactly, when the licence cannot be validated.
const words = "license validation failed"

func failure(cause error, remedy string, args ...any) *problem.Error {
	return problem.Wrap(problem.Unavailable, cause, words).Remediable(remedy, args...)
}
