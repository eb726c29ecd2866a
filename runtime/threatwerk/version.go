package main

import (
	"runtime/debug"
)

// version is stamped by the build: -ldflags "-X main.version=...".
var version = ""

// versionText names the build: the stamp, else the commit that Go's own tools noted, else "dev".
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 7:
			commit = s.Value[:7]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	if commit == "" {
		return "dev"
	}
	return commit + dirty
}
