// SPDX-License-Identifier: BSD-2-Clause
/*
 * vmexits FILE N VCPUS: a virtual machine, whose processors, each in a thread of its own, do N outputs and N cpuids each, and
 * then halt.  Writes
 *	[PID,TID,VCPU,N]
 * for each.  Exits with 3 if there is no KVM.
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CODE 0x1000

static int kvm, vm, n;

static void *run_vcpu(void *number)
{
	int fd = ioctl(vm, KVM_CREATE_VCPU, number), outs = 0;
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;
	struct kvm_run *run;

	if (fd < 0 || ioctl(fd, KVM_GET_SREGS, &sregs))
		err(1, "vcpu");
	run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	sregs.cs.base = sregs.cs.selector = 0;
	if (run == MAP_FAILED || ioctl(fd, KVM_SET_SREGS, &sregs) || ioctl(fd, KVM_SET_REGS, &regs))
		err(1, "vcpu");
	do {
		if (ioctl(fd, KVM_RUN, 0) && errno != EINTR)
			err(1, "KVM_RUN");
		outs += run->exit_reason == KVM_EXIT_IO;
	} while (run->exit_reason == KVM_EXIT_IO);
	if (run->exit_reason != KVM_EXIT_HLT || outs != n)
		errx(1, "%d outputs, then exit reason %u", outs, run->exit_reason);
	expect("[%d,%d,%d,%d]", getpid(), (int)syscall(SYS_gettid), (int)(uintptr_t)number, n);
	return NULL;
}

int main(int argc, char **argv)
{
	uint8_t code[] = { 0xbe, 0,    0, /* mov si, N */
			   0xe6, 0x10,    /* out 0x10, al */
			   0x0f, 0xa2,    /* cpuid */
			   0x4e,          /* dec si */
			   0x75, 0xf9,    /* jnz out */
			   0xf4 };        /* hlt */
	struct kvm_userspace_memory_region memory = { .guest_phys_addr = CODE,
						      .memory_size = 4096 };
	pthread_t thread;
	void *page;

	if (argc != 4)
		errx(2, "vmexits FILE N VCPUS");
	expect_to(argv[1]);
	n = atoi(argv[2]);
	code[1] = n;
	code[2] = n >> 8;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		errx(3, "no KVM");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm < 0 || page == MAP_FAILED)
		err(1, "vm");
	memcpy(page, code, sizeof(code));
	memory.userspace_addr = (uintptr_t)page;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &memory))
		err(1, "memory");
	for (long i = 0; i < atoi(argv[3]); i++)
		if (pthread_create(&thread, NULL, run_vcpu, (void *)i) ||
		    pthread_join(thread, NULL))
			errx(1, "thread");
	return 0;
}
