package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// rule says who may call an operation. What an operation names in its path (a product, a release, a document, a finding)
// decides where the role is needed: in that product.
type rule struct {
	// need is the least role; empty with public or own.
	need access.Role
	// public: needs no caller. own: any person, about themselves, and never by token.
	public, own bool
	// somewhere: the role in any one product is enough; the domain looks which.
	somewhere bool
	// scopes of tokens that allow it beside write; empty: write alone.
	scopes []string
	// setup: a person who still has to set up a second factor may call it.
	setup bool
	// person: never by token, whatever its scopes.
	person bool
	// fresh: the person must have proved who they are a short while ago; tokens prove it with each call.
	fresh bool
}

var (
	public  = rule{public: true}
	own     = rule{own: true}
	setup   = rule{own: true, setup: true}
	proven  = rule{own: true, setup: true, fresh: true}
	reads   = rule{need: access.Viewer, scopes: []string{"read"}}
	uploads = rule{need: access.Contributor, scopes: []string{"upload"}}
	pushes  = rule{need: access.Contributor, scopes: []string{"upload"}, somewhere: true}
	adds    = rule{need: access.Contributor}
	decides = rule{need: access.Analyst}
	// decidesSomewhere: of findings that the body names.
	decidesSomewhere = rule{need: access.Analyst, somewhere: true}
	manages          = rule{need: access.Admin, person: true}
	// weighty: what a thief of a session would do first.
	weighty = rule{need: access.Admin, person: true, fresh: true}
)

// rules is the one table of who may do what: every operation is in it, and one that is not is refused. docs/access.md has
// it for people; a test calls each operation as each kind of caller and compares.
var rules = map[string]rule{
	"health": public,

	"get-welcome": public, "register": public, "sign-in": public, "sign-in-by-link": public, "look-at-invitation": public,
	"ask-password-reset": public, "reset-password": public, "verify-mail": public,
	"begin-passkey-sign-in": public, "sign-in-by-passkey": public, "sign-in-by-code": public,
	"begin-sign-on": public, "finish-sign-on": public, "begin-sign-on-proof": setup, "begin-sign-on-link": {own: true, fresh: true},
	"unlink-sign-on": {own: true, fresh: true},

	"get-me": {need: access.Viewer, scopes: []string{"read"}, setup: true}, "sign-out": setup,
	"update-me": own, "change-password": own, "list-my-sessions": own, "end-my-session": own, "end-my-other-sessions": own,
	"list-my-passkeys": setup, "begin-passkey": proven, "create-passkey": setup, "remove-passkey": proven,
	"get-my-codes": setup, "begin-codes": proven, "create-codes": setup, "remove-codes": proven, "renew-recovery-codes": proven,
	"prove": setup, "begin-passkey-proof": setup, "prove-by-passkey": setup,
	"list-my-tokens": own, "create-token": {own: true, fresh: true}, "revoke-token": own,

	"list-products": reads, "get-product": reads, "list-releases": reads, "get-release": reads, "list-release-components": reads,
	"list-release-sboms": reads, "download-sbom": reads, "search-components": reads, "search": reads,
	"list-findings": reads, "summarize-findings": reads, "get-finding": reads, "list-possible-matches": reads, "get-coverage": reads,
	"list-upgrades": reads, "get-vulnerability": reads, "explain": reads, "get-intel": reads, "list-news": reads, "get-job": reads,
	"get-product-access":    reads,
	"list-release-licenses": reads, "list-reports": reads, "get-report": reads, "list-report-indicators": reads, "search-indicators": reads,
	"list-feeds": reads, "get-feed": reads, "list-feed-runs": reads, "get-feed-run": reads,
	// What an upload token needs to follow what it sent.
	"get-sbom": {need: access.Viewer, scopes: []string{"upload", "read"}},

	"live": reads, "get-home": reads, "get-trend": reads, "mark-looked": own,

	"upload-sbom": uploads,
	"push-sbom":   pushes, "preview-sbom": pushes,
	"create-product": adds, "create-release": adds,
	"list-assessments": reads, "create-assessment": decides, "withdraw-assessment": decides,
	// Of several products: the domain looks at each.
	"create-assessments": decidesSomewhere, "preview-assessments": decidesSomewhere,
	"update-product": decides, "update-release": decides, "delete-release": decides,
	"delete-product": {need: access.Analyst, fresh: true},

	"poll-feed": manages, "pause-feed": manages, "resume-feed": manages, "set-feed-key": weighty, "delete-feed-key": weighty,
	// Its warning quotes what AWS answered.
	"get-license":       manages,
	"get-mail-settings": manages, "send-test-mail": manages, "list-letters": manages, "get-letter": manages,

	"set-product-access": manages,
	"list-people":        manages, "update-person": weighty, "remove-person": weighty, "make-reset-link": weighty, "end-person-sessions": manages,
	// An invitation gives a role.
	"list-invitations": manages, "invite": weighty, "revoke-invitation": manages,
	"get-account-settings": manages, "save-account-settings": weighty,
	"list-teams": manages, "create-team": manages, "save-team": manages, "delete-team": manages,
	"get-system": manages, "load-sample": manages, "list-tokens": manages, "revoke-any-token": weighty,
	"list-audit-events": manages, "export-audit-events": manages,
}

// describeAccess says in the document which operations need a caller, and what those without rights are answered.
func describeAccess(document *huma.OpenAPI) {
	for _, path := range document.Paths {
		for _, o := range []*huma.Operation{path.Get, path.Post, path.Put, path.Patch, path.Delete} {
			switch {
			case o == nil:
			case rules[o.OperationID].public:
				o.Security = []map[string][]string{}
			default:
				for status, words := range map[string]string{"401": "Unauthorized", "403": "Forbidden"} {
					if refused := o.Responses["503"]; refused != nil && o.Responses[status] == nil {
						o.Responses[status] = &huma.Response{Description: words, Content: refused.Content}
					}
				}
			}
		}
	}
}
