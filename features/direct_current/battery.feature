# A car's battery at a supply of direct current, before anybody speaks: the bench drives the supply, the contactor of the EVSE is
# closed in a basic session, and the contactors of the car are told what to do. The battery of a vw-id3 that is half full has 403 V.
@requires:dc
Feature: Direct current from the supply into the battery

  Background:
    Given a charger with a DC supply
    And the car "vw-id3"
    And the car is at 50 %
    And a car is connected and the contactor is closed

  @rig @energised
  Scenario: Pre-charge, current, and contactors that open under it
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the car closes its DC contactors
    Then within 2 s the DC contactors of the car are closed
    When the bench sets the DC supply to 450 V and 10 A
    Then within 5 s the car takes 10 A of direct current
    And within 2 s the DC supply delivers 10 A
    When the car opens its DC contactors
    Then within 1 s the car takes 0 A of direct current
    And within 1 s the DC contactors of the car are open

  @energised
  Scenario: What the supply gives is in the battery
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the car closes its DC contactors
    Then within 2 s the DC contactors of the car are closed
    When the bench sets the DC supply to 450 V and 10 A
    And 10 min pass
    Then the state of charge is between 51 % and 51.3 %
    And the car DC current is between 9.9 A and 10.1 A
    When the car opens its DC contactors
    And the driver unplugs
    And 10 s pass
    Then the energy balance closes within 0.1 %

  @energised
  Scenario Outline: Contactors do not close on <volts>, which is not the battery's voltage
    When the bench sets the DC supply to <volts> and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees <volts> at its DC pins
    When the car closes its DC contactors
    Then for 5 s the DC contactors of the car stay open

    Examples:
      | volts |
      | 375 V |
      | 430 V |

  @energised
  Scenario: Behind an open contactor of the EVSE there is no voltage
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the car stops asking for energy
    Then within 10 s the contactor opens
    And within 1 s the DC pins of the car are dead
    And within 1 s the DC supply gives 400 V

  @rig @energised
  Scenario: A battery holds the voltage of a supply that is off
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the car closes its DC contactors
    Then within 2 s the DC contactors of the car are closed
    When the bench switches the DC supply off
    Then within 2 s the car sees 403 V at its DC pins
    When the car opens its DC contactors
    Then within 2 s the DC pins of the car are dead
    And within 1 s the DC supply is dead

  @rig @energised
  Scenario Outline: A DC contactor <pole> that is welded is found
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the car closes its DC contactors
    Then within 2 s the DC contactors of the car are closed
    When the DC contactor <pole> of the car welds
    And the bench switches the DC supply off
    And the car looks for welded DC contactors
    Then within 3 s the car has found its DC contactor <pole> welded
    When the DC contactor <pole> of the car is mended
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the car closes its DC contactors
    Then within 2 s the DC contactors of the car are closed
    When the bench switches the DC supply off
    And the car looks for welded DC contactors
    Then within 3 s the car has found its DC contactors sound

    Examples:
      | pole  |
      | plus  |
      | minus |

  @energised
  Scenario: With both DC contactors welded the pins have the battery's voltage, plugged in or not
    When the DC contactor plus of the car welds
    And the DC contactor minus of the car welds
    Then within 1 s the car sees 403 V at its DC pins
    And within 1 s the DC supply gives 403 V
    When the car looks for welded DC contactors
    Then within 3 s the car has found both of its DC contactors welded
    When the driver unplugs
    Then within 1 s the car sees 403 V at its DC pins
    And within 2 s the DC supply is dead

  @energised
  Scenario: A DC contactor that sticks open lets nothing through
    When the DC contactor minus of the car sticks open
    And the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the car closes its DC contactors
    And the bench sets the DC supply to 450 V and 10 A
    Then within 6 s the car sees 450 V at its DC pins
    And within 1 s the car takes 0 A of direct current

  @energised
  Scenario: A supply without its mains gives nothing
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 400 V at its DC pins
    When the line L2 is lost for 1 min
    Then within 2 s the DC pins of the car are dead

  @rig @energised
  Scenario: Behind an open contactor of the EVSE welded contactors are found too
    When the car stops asking for energy
    Then within 10 s the contactor opens
    When the DC contactor plus of the car welds
    And the DC contactor minus of the car welds
    Then within 1 s the car sees 403 V at its DC pins
    And within 1 s the DC contactors of the car are closed
    When the car looks for welded DC contactors
    Then within 3 s the car has found both of its DC contactors welded

  @energised
  Scenario: To look for welded contactors closes none, and without a voltage there is nothing to see
    When the DC contactor plus of the car welds
    And the bench sets the DC supply to 450 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 450 V at its DC pins
    When the car looks for welded DC contactors
    Then for 5 s the car DC current stays between -0.1 A and 0.1 A
    When the driver unplugs
    And the car looks for welded DC contactors
    Then for 4 s the car DC voltage stays at most 1 V
