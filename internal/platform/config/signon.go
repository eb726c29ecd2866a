package config

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// SignOn says where people may sign in beside the page itself (OpenID Connect); an empty OIDCIssuer: nowhere. The client's secret
// is among Secrets.
type SignOn struct {
	OIDCIssuer     string   `env:"OIDC_ISSUER"`
	OIDCClientID   string   `env:"OIDC_CLIENT_ID"`
	OIDCName       string   `env:"OIDC_NAME" envDefault:"single sign-on"`
	OIDCScopes     []string `env:"OIDC_SCOPES" envDefault:"openid,profile,email" envSeparator:","`
	OIDCGroupClaim string   `env:"OIDC_GROUP_CLAIM" envDefault:"groups"`
	OIDCGroupRoles string   `env:"OIDC_GROUP_ROLES"`
}

// GroupRole is what being in a group of the provider gives; the group * is everyone.
type GroupRole struct {
	Group string
	Role  access.Role
}

// GroupRoles reads OIDC_GROUP_ROLES: group=role, one after another with semicolons, since names of groups hold commas and
// equals signs. The role stands after the last equals sign.
func (s *SignOn) GroupRoles() ([]GroupRole, error) {
	var out []GroupRole
	for entry := range strings.SplitSeq(s.OIDCGroupRoles, ";") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		at := strings.LastIndexByte(entry, '=')
		if at < 1 {
			return nil, fmt.Errorf("%q", entry)
		}
		g := GroupRole{strings.TrimSpace(entry[:at]), access.Role(strings.TrimSpace(entry[at+1:]))}
		if g.Group == "" || !g.Role.Known() {
			return nil, fmt.Errorf("%q", entry)
		}
		out = append(out, g)
	}
	return out, nil
}

func (s *SignOn) check() []error {
	var faults []error
	if _, err := s.GroupRoles(); err != nil {
		faults = append(faults, fault("OIDC_GROUP_ROLES", s.OIDCGroupRoles,
			"group=role with semicolons between, such as security=admin;*=viewer, with roles admin, analyst, contributor, viewer"))
	}
	if s.OIDCIssuer == "" {
		return faults
	}
	u, err := url.Parse(s.OIDCIssuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		faults = append(faults, fault("OIDC_ISSUER", s.OIDCIssuer, "the provider's issuer, such as https://login.example.org/realms/staff"))
	}
	if s.OIDCClientID == "" {
		faults = append(faults, fault("OIDC_CLIENT_ID", "", "the id under which the provider knows ThreatWerk, since OIDC_ISSUER is set"))
	}
	return faults
}
