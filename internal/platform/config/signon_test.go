package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

func TestSignOnSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ set, want string }{
		"none":              {"", ""},
		"whole":             {"OIDC_ISSUER=https://login.example.org OIDC_CLIENT_ID=tw OIDC_GROUP_ROLES=a=admin;*=viewer", ""},
		"loopback":          {"OIDC_ISSUER=http://127.0.0.1:9000 OIDC_CLIENT_ID=tw", ""},
		"no client":         {"OIDC_ISSUER=https://login.example.org", "OIDC_CLIENT_ID"},
		"open to listeners": {"OIDC_ISSUER=http://login.example.org OIDC_CLIENT_ID=tw", "OIDC_ISSUER"},
		"no address":        {"OIDC_ISSUER=login OIDC_CLIENT_ID=tw", "OIDC_ISSUER"},
		"no such role":      {"OIDC_GROUP_ROLES=a=king", "OIDC_GROUP_ROLES"},
		"no role":           {"OIDC_GROUP_ROLES=a", "OIDC_GROUP_ROLES"},
	} {
		_, err := Parse(strings.Fields(c.set))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want a fault of %q", name, err, c.want)
		}
	}
	s := SignOn{OIDCGroupRoles: " CN=Sec Ops,OU=it = admin ;dev=contributor;"}
	got, err := s.GroupRoles()
	if want := []GroupRole{{"CN=Sec Ops,OU=it", access.Admin}, {"dev", access.Contributor}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}
