# One EVSE gives direct current, the other one does not.
@requires:evses @requires:dc
Feature: Direct current at one of two EVSEs

  Scenario: A supply charges the car at its EVSE, and the house feels both
    Given a charger with 2 EVSEs
    And a charger with a DC supply at EVSE 2
    And the car "vw-id3" at EVSE 2
    And the car is at 50 % at EVSE 2
    And a car is charging
    And a car is connected and the contactor is closed at EVSE 2
    When the bench sets the DC supply to 400 V and 10 A at EVSE 2
    And the bench switches the DC supply on at EVSE 2
    Then at EVSE 2 within 6 s the car sees 400 V at its DC pins
    When the car closes its DC contactors at EVSE 2
    Then at EVSE 2 within 2 s the DC contactors of the car are closed
    When the bench sets the DC supply to 450 V and 10 A at EVSE 2
    Then at EVSE 2 within 5 s the car takes 10 A of direct current
    And at EVSE 2 the meter power is between 4.1 kW and 4.4 kW
    And within 1 s the car draws 19.3 A
    And the house current is between 26 A and 28 A
    When 1 min pass
    And the driver unplugs at EVSE 2
    And the driver unplugs
    And 10 s pass
    Then the energy balance closes within 0.1 %
    And at EVSE 2 within 1 s the DC pins of the car are dead
