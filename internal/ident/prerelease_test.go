package ident

import "testing"

func TestPrerelease(t *testing.T) {
	for _, tc := range []struct {
		ecosystem, version string
		want               bool
	}{
		{NPM, "1.2.3", false}, {NPM, "1.2.3-rc.1", true}, {NPM, "1.2.3+build-5", false},
		{Go, "0.0.0-20220101000000-bbbbbbbbbbbb", true}, {Go, "1.2.3+incompatible", false}, {Julia, "1.2.3+0", false},
		{Maven, "12.0.0.beta0", true}, {Maven, "5.0.0.M1", true}, {Maven, "5.3.18.RELEASE", false}, {Maven, "4.1.100.Final", false},
		{Maven, "32.0.0-android", false}, {Maven, "9.4.54.v20240208", false}, {Maven, "2.0-rc2", true}, {Maven, "1.0-SNAPSHOT", true},
		{Maven, "1.0.0-jre8", false}, {Maven, "2.6.redhat-6", false}, {Maven, "1.0-incubating", true}, {Maven, "3.2.2-b07", true},
		{PyPI, "1.0", false}, {PyPI, "1.0rc1", true}, {PyPI, "1.0.dev3", true}, {PyPI, "1.0.post1", false}, {PyPI, "1.0+local.a", false}, {PyPI, "1.0b2", true},
		{RubyGems, "7.0.0", false}, {RubyGems, "7.0.0.rc1", true}, {Packagist, "2.0.0-beta1", true}, {Packagist, "2.0.0", false}, {Packagist, "1.0-p1", false},
		{Bitnami, "1.2.3-4", false}, {Debian, "1.0~rc1-1", false}, {Alpine, "1.0_rc1-r0", false},
	} {
		if got := Prerelease(tc.ecosystem, tc.version); got != tc.want {
			t.Errorf("%s %s: %t, want %t", tc.ecosystem, tc.version, got, tc.want)
		}
	}
}

func TestFlavour(t *testing.T) {
	for version, want := range map[string]string{
		"31.1-jre": "jre", "32.0.0-android": "android", "12.2.0.jre11": "jre11", "42.2.5.jre7": "jre7", "2.6.redhat-6": "redhat", "1.2.3.redhat-00002": "redhat",
		"1.0": "", "5.3.18.RELEASE": "", "1.0-rc1": "", "4.1.100.Final": "", "9.4.54.v20240208": "", "jre": "",
	} {
		if got := Flavour(Maven, version); got != want {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
	if got, ok := WithFlavour(Maven, "32.0.0-android", "jre"); got != "32.0.0-jre" || !ok {
		t.Errorf("got %q %t", got, ok)
	}
	for _, pair := range [][2]string{{"12.2.0.jre8", "jre11"}, {"32.0.0", "jre"}, {"2.6.redhat-6", "jre"}, {"2.6.redhat-6", ""}} {
		if got, ok := WithFlavour(Maven, pair[0], pair[1]); ok {
			t.Errorf("%v: %q", pair, got)
		}
	}
}
