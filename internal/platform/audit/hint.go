package audit

import (
	"context"
	"slices"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/live"
)

// rightsActions begin the actions by which a session or somebody's rights may end or change; harmlessActions take nothing from
// anyone, and strangers can cause them.
var (
	rightsActions   = []string{"session.", "person.", "team.", "token.", "product.access", "settings."}
	harmlessActions = []string{"session.open", "session.refused", "token.create", "person.ask_reset", "person.register"}
)

// hint tells the pages that people have open where a change happened. Every change is on record, so none is missed.
func hint(ctx context.Context, db live.Executor, e Event) error {
	if !slices.Contains(harmlessActions, e.Action) && slices.ContainsFunc(rightsActions, func(begin string) bool { return strings.HasPrefix(e.Action, begin) }) {
		if err := live.Send(ctx, db, live.Hint{Kind: live.Access}); err != nil {
			return err
		}
	}
	if e.Product == 0 {
		return nil
	}
	return live.Send(ctx, db, live.Hint{Kind: live.Products, Places: []live.Place{{Product: e.Product}}})
}
