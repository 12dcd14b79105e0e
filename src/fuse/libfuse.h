// libfuse's low-level API, included here alone so that all files speak the same version of it.
#pragma once

#define FUSE_USE_VERSION 35

#include <fuse_lowlevel.h>
