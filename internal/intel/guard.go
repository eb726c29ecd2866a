package intel

import (
	"errors"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ErrAsks ends a poll that would withdraw more than it may: a service that lost its data looks just like one that
// takes it back, so a person decides.
var ErrAsks = errors.New("the feed asks before it withdraws that much")

const (
	// mayWithdraw is the share of a feed's records, or of a part that is listed whole, that one poll may withdraw.
	mayWithdraw = 0.10
	// alwaysMay is how many it may withdraw whatever they are a share of: small feeds take single records back.
	alwaysMay = 10
)

// guard counts what a poll withdraws. A nil guard lets everything through.
type guard struct {
	feed     string
	held     int64 // records in force when the poll began
	withdrew int64
	accepted bool // a person looked and said yes
}

// check says whether more records may be withdrawn beside those noted, and gives the number back.
func (g *guard) check(more int64) (int64, error) {
	if g == nil || g.accepted || more == 0 {
		return more, nil
	}
	return more, g.allow("of "+g.feed, g.withdrew+more, g.held)
}

func (g *guard) note(withdrew int64) {
	if g != nil {
		g.withdrew += withdrew
	}
}

// checkPart is check for a part that was listed whole.
func (g *guard) checkPart(part string, gone, held int64) error {
	if g == nil || g.accepted {
		return nil
	}
	if part == "" {
		part = g.feed
	}
	return g.allow("of "+part, gone, held)
}

func (g *guard) allow(of string, gone, held int64) error {
	if gone <= alwaysMay || float64(gone) <= mayWithdraw*float64(held) {
		return nil
	}
	return problem.Wrap(problem.Conflict, ErrAsks,
		"this poll would withdraw %d of the %d records held %s, and may withdraw a tenth; the records stay until you look at the service and either accept that or wait until it is well again",
		gone, held, of)
}
