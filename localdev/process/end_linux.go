package process

import "syscall"

// endWithParent asks the kernel to end the child when this process is killed.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
