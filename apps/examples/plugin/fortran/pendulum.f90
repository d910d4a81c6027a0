! A pendulum with damping and friction as a plugin of gmmvi, in Fortran 2008. README.md beside this folder has its
! equation. The types are those of gmmvi/target_plugin.h, component by component. This one takes its parameters in the
! order amplitude, damping, friction, frequency; others may follow.
module pendulum
  use, intrinsic :: iso_c_binding
  implicit none
  private

  integer, parameter :: outputs = 40, steps = 25            ! steps from one output to the next
  real(c_double), parameter :: step = 0.01_c_double         ! seconds
  real(c_double), parameter :: creeping = 0.01_c_double     ! rad/s, below which friction is less than it is in motion

  type, bind(c) :: plugin_start
    type(c_ptr) :: options
    integer(c_int64_t) :: parameter_count
    type(c_ptr) :: parameter_names
    integer(c_int32_t) :: returns_outputs
  end type

  type, bind(c) :: plugin_capabilities
    integer(c_int64_t) :: dimension, outputs, group_size
    integer(c_int32_t) :: gradients, cheap, works_in_teams
  end type

  type, bind(c) :: plugin_batch
    integer(c_int64_t) :: samples
    type(c_ptr) :: parameters, seeds
    integer(c_int32_t) :: want_gradients
    type(c_ptr) :: values, gradients, status
  end type

  type :: simulator
    integer(c_int64_t) :: dimension
  end type

  character(kind=c_char, len=*), parameter :: too_few = &
    'the pendulum needs amplitude, damping, friction and frequency, in this order' // c_null_char
  character(kind=c_char, len=len(too_few)), target :: error = c_null_char

contains

  function version() bind(c, name='gmmvi_plugin_version')
    integer(c_int32_t) :: version
    version = 1
  end function

  function create(start) bind(c, name='gmmvi_plugin_create')
    type(plugin_start), intent(in) :: start
    type(c_ptr) :: create
    type(simulator), pointer :: self
    create = c_null_ptr
    if (start%parameter_count < 4) then
      error = too_few
      return
    end if
    allocate(self)
    self%dimension = start%parameter_count
    create = c_loc(self)
  end function

  subroutine destroy(instance) bind(c, name='gmmvi_plugin_destroy')
    type(c_ptr), value :: instance
    type(simulator), pointer :: self
    call c_f_pointer(instance, self)
    deallocate(self)
  end subroutine

  subroutine describe(instance, can) bind(c, name='gmmvi_plugin_describe')
    type(c_ptr), value :: instance
    type(plugin_capabilities), intent(inout) :: can
    type(simulator), pointer :: self
    call c_f_pointer(instance, self)
    can%dimension = self%dimension
    can%outputs = outputs
    can%cheap = 1
  end subroutine

  function evaluate(instance, batch) bind(c, name='gmmvi_plugin_evaluate')
    type(c_ptr), value :: instance
    type(plugin_batch), intent(in) :: batch
    integer(c_int32_t) :: evaluate
    type(simulator), pointer :: self
    real(c_double), pointer :: parameters(:, :), values(:, :)
    real(c_double) :: y(2)
    integer :: i, m, s
    call c_f_pointer(instance, self)
    call c_f_pointer(batch%parameters, parameters, [self%dimension, batch%samples])
    call c_f_pointer(batch%values, values, [int(outputs, c_int64_t), batch%samples])
    do i = 1, int(batch%samples)
      y = [parameters(1, i), 0.0_c_double]
      do m = 1, outputs
        do s = 1, steps
          y = after(y, parameters(2:4, i))
        end do
        values(m, i) = y(1)
      end do
    end do
    evaluate = 0
  end function

  function last_error(instance) bind(c, name='gmmvi_plugin_last_error')
    type(c_ptr), value :: instance
    type(c_ptr) :: last_error
    if (c_associated(instance)) error = c_null_char  ! only gmmvi_plugin_create fails
    last_error = c_loc(error)
  end function

  ! y is angle and velocity, p damping, friction and frequency.
  pure function slope(y, p) result(dy)
    real(c_double), intent(in) :: y(2), p(3)
    real(c_double) :: dy(2)
    dy(1) = y(2)
    dy(2) = (-p(1)) * y(2) - p(2) * tanh(y(2) / creeping) - (p(3) * p(3)) * sin(y(1))
  end function

  ! One step of the classical Runge-Kutta method.
  pure function after(y, p)
    real(c_double), intent(in) :: y(2), p(3)
    real(c_double), dimension(2) :: after, k1, k2, k3, k4
    k1 = slope(y, p)
    k2 = slope(y + (0.5_c_double * step) * k1, p)
    k3 = slope(y + (0.5_c_double * step) * k2, p)
    k4 = slope(y + step * k3, p)
    after = y + (step / 6.0_c_double) * (((k1 + 2.0_c_double * k2) + 2.0_c_double * k3) + k4)
  end function

end module
